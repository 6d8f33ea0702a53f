#include "parts.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
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

// Waits until something has changed at the socket. The descriptor speaks only of news: those that it spoke of have to
// be taken (ZMQ_EVENTS) before the next attempt (zmq_getsockopt(3), ZMQ_FD). So a ROUTER or XPUB, which zmq_poll()
// calls ready as soon as one of its queues is, makes nobody spin here; and it costs half of what zmq_poll() does.
static int wait_for_news(void *socket, uint64_t ns) {
    struct pollfd news = {.events = POLLIN};
    size_t size = sizeof news.fd;
    uint64_t ms = (ns + 999999) / 1000000;
    if (zmq_getsockopt(socket, ZMQ_FD, &news.fd, &size) == -1 || poll(&news, 1, ms < INT_MAX ? (int)ms : INT_MAX) == -1)
        return -1;
    int events;
    size = sizeof events;
    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size);
}

// Carries out zmq_msg_send() or zmq_msg_recv() until it succeeds, fails, or the deadline has passed (EAGAIN).
static int patiently(int (*call)(zmq_msg_t *, void *, int), zmq_msg_t *part, void *socket, int flags,
                     uint64_t deadline) {
    for (;;) {
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
        if (wait_for_news(socket, deadline - now) == -1 && errno != EINTR)
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
    int result = patiently(zmq_msg_send, part, socket, flags, deadline);
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
    return patiently(zmq_msg_recv, part, socket, 0, deadline);
}
