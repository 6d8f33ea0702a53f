// The daemon connects a PUSH socket, sends three readings, and waits for its end.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "telemetry/v1/data_message.pb-c.h"

enum { READINGS = 3 };

static int push(void *socket, int number) {
    char content[32];
    snprintf(content, sizeof content, "reading %d", number);
    Telemetry__V1__DataMessage reading = TELEMETRY__V1__DATA_MESSAGE__INIT;
    reading.content = content;
    reading.timestamp = number;
    uint8_t bytes[64];
    size_t length = telemetry__v1__data_message__pack(&reading, bytes);
    return zmq_send(socket, bytes, length, 0);
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: daemon ENDPOINT\n");
        return EXIT_FAILURE;
    }
    void *socket = zmq_socket(zmq_ctx_new(), ZMQ_PUSH);
    if (zmq_connect(socket, arguments[1]) != 0) {
        fprintf(stderr, "daemon: %s: %s\n", arguments[1], zmq_strerror(zmq_errno()));
        return EXIT_FAILURE;
    }
    for (int number = 1; number <= READINGS; number++) {
        if (push(socket, number) < 0) {
            fprintf(stderr, "daemon: %s\n", zmq_strerror(zmq_errno()));
            return EXIT_FAILURE;
        }
    }
    pause();
}
