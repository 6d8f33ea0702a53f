#include "parts.h"

#include <errno.h>
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

// Carries out zmq_msg_send() or zmq_msg_recv() until it succeeds, fails, or the deadline has passed (EAGAIN).
static int patiently(int (*call)(zmq_msg_t *, void *, int), zmq_msg_t *part, void *socket, int flags, short event,
                     uint64_t deadline) {
    zmq_pollitem_t item = {.socket = socket, .events = event};
    for (int ready = 0;;) {
        int result = call(part, socket, flags | ZMQ_DONTWAIT);
        if (result != -1 || (errno != EAGAIN && errno != EINTR))
            return result;
        if (errno == EINTR)
            continue;
        uint64_t now = deadline > 0 ? now_ns() : 0;
        if (now >= deadline) {
            errno = EAGAIN;
            return -1;
        }
        // ROUTER and XPUB say "ready" also when the one queue that is meant is full: do not spin on them.
        if (ready > 0)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        ready = zmq_poll(&item, 1, (long)((deadline - now + 999999) / 1000000));
        if (ready == -1 && errno != EINTR)
            return -1;
    }
}

int make_part(zmq_msg_t *part, const void *data, size_t size) {
    int result = zmq_msg_init_size(part, size);
    if (result == 0 && size > 0)
        memcpy(zmq_msg_data(part), data, size);
    return result;
}

int send_part(zmq_msg_t *part, void *socket, int flags, uint64_t deadline) {
    int result = patiently(zmq_msg_send, part, socket, flags, ZMQ_POLLOUT, deadline);
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
    return patiently(zmq_msg_recv, part, socket, 0, ZMQ_POLLIN, deadline);
}
