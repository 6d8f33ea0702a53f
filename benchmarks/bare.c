// Bursts as bare libzmq has them: two processes, PUSH to PULL over tcp on loopback, zmq_send and zmq_recv in loops.
//
// Each line of stdin, "COUNT SIZE", is answered with the nanoseconds from just before the first zmq_recv to just after
// the last, as an agent's ReceiveBurst takes them. Contexts are warm and sockets are new, as in a cell.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <zmq.h>

typedef struct {
    char endpoint[64];
    uint64_t count;
    size_t size;
} Order;

static void must(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
        exit(1);
    }
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// Carries out orders until there are none. One message shows that the connection stands; the burst waits for `start`.
static void send_bursts(int orders, int start) {
    void *context = zmq_ctx_new();
    Order order;
    char go;
    while (read(orders, &order, sizeof order) == sizeof order) {
        void *push = zmq_socket(context, ZMQ_PUSH);
        char *body = calloc(1, order.size);
        must(body != NULL && zmq_connect(push, order.endpoint) == 0, "connect");
        must(zmq_send(push, "", 0, 0) == 0, "send");
        must(read(start, &go, 1) == 1, "start");
        for (uint64_t i = 0; i < order.count; i++)
            must(zmq_send(push, body, order.size, 0) != -1, "send");
        free(body);
        zmq_close(push);
    }
    zmq_ctx_term(context);
}

static uint64_t receive_burst(void *context, Order *order, int orders, int start) {
    void *pull = zmq_socket(context, ZMQ_PULL);
    size_t length = sizeof order->endpoint;
    char *body = malloc(order->size);
    must(body != NULL && zmq_bind(pull, "tcp://127.0.0.1:*") == 0, "bind");
    must(zmq_getsockopt(pull, ZMQ_LAST_ENDPOINT, order->endpoint, &length) == 0, "endpoint");
    must(write(orders, order, sizeof *order) == sizeof *order, "order");
    must(zmq_recv(pull, body, order->size, 0) == 0, "receive");
    must(write(start, "", 1) == 1, "start");
    uint64_t started = now_ns();
    for (uint64_t i = 0; i < order->count; i++)
        must(zmq_recv(pull, body, order->size, 0) == (int)order->size, "receive");
    uint64_t elapsed = now_ns() - started;
    free(body);
    zmq_close(pull);
    return elapsed;
}

int main(void) {
    int orders[2], start[2];
    must(pipe(orders) == 0 && pipe(start) == 0, "pipe");
    pid_t sender = fork(); // before there is a context: its threads would not come along
    must(sender != -1, "fork");
    if (sender == 0) {
        close(orders[1]); // so that the end of the parent is the end of the orders
        close(start[1]);
        send_bursts(orders[0], start[0]);
        return 0;
    }
    void *context = zmq_ctx_new();
    Order order;
    memset(&order, 0, sizeof order);
    unsigned long long count, size;
    while (scanf("%llu %llu", &count, &size) == 2) {
        order.count = count;
        order.size = size;
        printf("%llu\n", (unsigned long long)receive_burst(context, &order, orders[1], start[1]));
        fflush(stdout);
    }
    zmq_ctx_term(context);
    return 0;
}
