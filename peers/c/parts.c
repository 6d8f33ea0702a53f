#include "parts.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t deadline_after(uint32_t timeout_ms) {
    return timeout_ms > 0 ? now_ns() + timeout_ms * UINT64_C(1000000) : 0;
}

typedef int Call(zmq_msg_t *part, void *socket, int flags); // zmq_msg_send() or zmq_msg_recv()

// Lets libzmq wait by itself: to poll takes several times as many calls of the system, and calls a ROUTER or XPUB ready
// as soon as one of its queues is, not the one that is meant. `limit` is the option with the socket's own time limit.
static int call_within(uint64_t ns, Call *call, zmq_msg_t *part, void *socket, int flags, int limit) {
    uint64_t ms = (ns + 999999) / 1000000;
    int own = -1, ours = ms < INT_MAX ? (int)ms : INT_MAX;
    zmq_getsockopt(socket, limit, &own, &(size_t){sizeof own});
    zmq_setsockopt(socket, limit, &ours, sizeof ours);
    int result = call(part, socket, flags);
    int number = errno;
    zmq_setsockopt(socket, limit, &own, sizeof own);
    errno = number;
    return result;
}

// Calls until it succeeds, fails, or the deadline has passed (EAGAIN).
static int patiently(Call *call, zmq_msg_t *part, void *socket, int flags, int limit, uint64_t deadline) {
    int result = call(part, socket, flags | ZMQ_DONTWAIT);
    while (result == -1 && (errno == EAGAIN || errno == EINTR)) {
        uint64_t now = deadline > 0 ? now_ns() : 0;
        if (now < deadline) {
            result = call_within(deadline - now, call, part, socket, flags, limit);
        } else if (errno == EINTR) {
            result = call(part, socket, flags | ZMQ_DONTWAIT);
        } else {
            break;
        }
    }
    return result;
}

int make_part(zmq_msg_t *part, const void *data, size_t size) {
    int result = zmq_msg_init_size(part, size);
    if (result == 0 && size > 0)
        memcpy(zmq_msg_data(part), data, size);
    return result;
}

int send_part(zmq_msg_t *part, void *socket, int flags, uint64_t deadline) {
    int result = patiently(zmq_msg_send, part, socket, flags, ZMQ_SNDTIMEO, deadline);
    int number = errno;
    zmq_msg_close(part);
    errno = number;
    return result;
}

bool is_cut_short(int result, uint64_t deadline) {
    return result == -1 && errno == EAGAIN && now_ns() < deadline;
}

int send_whole(zmq_msg_t *parts, size_t count, void *socket, uint64_t deadline) {
    int result = 0;
    for (size_t i = 0; i < count && result != -1; i++) {
        zmq_msg_t copy;
        zmq_msg_init(&copy);
        zmq_msg_copy(&copy, &parts[i]);
        result = send_part(&copy, socket, i + 1 < count ? ZMQ_SNDMORE : 0, i == 0 ? deadline : 0);
    }
    return result;
}

int receive_part(zmq_msg_t *part, void *socket, uint64_t deadline) {
    return patiently(zmq_msg_recv, part, socket, 0, ZMQ_RCVTIMEO, deadline);
}
