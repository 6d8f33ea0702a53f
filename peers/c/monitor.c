#include "monitor.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

#define EVENT(name) {#name, ZMQ_EVENT_##name}

// Opens the PAIR that takes events. It has no high-water mark: libzmq writes events from its I/O threads and waits
// where there is no room, which would hold up every socket of this agent for a scenario that does not take its events.
static void *open_pair(void *context, const char *endpoint) {
    void *events = zmq_socket(context, ZMQ_PAIR);
    if (events != NULL &&
        (zmq_setsockopt(events, ZMQ_RCVHWM, &(int){0}, sizeof(int)) == -1 ||
         zmq_setsockopt(events, ZMQ_LINGER, &(int){0}, sizeof(int)) == -1 || zmq_connect(events, endpoint) == -1)) {
        zmq_close(events);
        return NULL;
    }
    return events;
}

void *monitor_start(void *context, void *socket, Answer *answer) {
    static atomic_uint started; // names the endpoints: inproc's are those of the context, which all lanes share
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "inproc://interop.monitor.%u", atomic_fetch_add(&started, 1));
    // Before libzmq binds its end, which waits with its first event until somebody is there to take it.
    void *events = open_pair(context, endpoint);
    if (events == NULL) {
        answer_errno(answer, "zmq_socket", "the PAIR of a monitor");
    } else if (zmq_socket_monitor(socket, endpoint, ZMQ_EVENT_ALL) == -1) {
        answer_errno(answer, "zmq_socket_monitor", endpoint);
        zmq_close(events);
        events = NULL;
    }
    return events;
}

// The name; where libzmq is newer than the headers were, the number, which it writes to `decimal`.
static char *name_of(uint16_t number, char *decimal, size_t size) {
    static const struct {
        char *name;
        uint16_t number;
    } names[] = {EVENT(CONNECTED),
                 EVENT(CONNECT_DELAYED),
                 EVENT(CONNECT_RETRIED),
                 EVENT(LISTENING),
                 EVENT(BIND_FAILED),
                 EVENT(ACCEPTED),
                 EVENT(ACCEPT_FAILED),
                 EVENT(CLOSED),
                 EVENT(CLOSE_FAILED),
                 EVENT(DISCONNECTED),
                 EVENT(MONITOR_STOPPED),
                 EVENT(HANDSHAKE_FAILED_NO_DETAIL),
                 EVENT(HANDSHAKE_SUCCEEDED),
                 EVENT(HANDSHAKE_FAILED_PROTOCOL),
                 EVENT(HANDSHAKE_FAILED_AUTH)};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            return names[i].name;
    snprintf(decimal, size, "%u", number);
    return decimal;
}

// The first frame is a 16-bit event and a 32-bit value in the machine's byte order, the second the endpoint
// (zmq_socket_monitor(3)).
void monitor_receive(void *events, uint32_t timeout_ms, Answer *answer) {
    zmq_msg_t part;
    zmq_msg_init(&part);
    uint16_t number;
    uint32_t value;
    int result = receive_part(&part, events, deadline_after(timeout_ms));
    if (result != -1) {
        const char *data = zmq_msg_data(&part);
        memcpy(&number, data, sizeof number);
        memcpy(&value, data + sizeof number, sizeof value);
        result = receive_part(&part, events, 0); // messages arrive whole
    }
    if (result == -1) {
        answer_errno(answer, "zmq_msg_recv", "a monitor's event");
    } else {
        char *decimal = answer->text, *endpoint = answer->text + sizeof "65535";
        snprintf(endpoint, sizeof answer->text - sizeof "65535", "%.*s", (int)zmq_msg_size(&part),
                 (const char *)zmq_msg_data(&part));
        answer->event.name = name_of(number, decimal, sizeof "65535");
        answer->event.value = value;
        answer->event.endpoint = endpoint;
        answer->response.result_case = RESULT(EVENT);
        answer->response.event = &answer->event;
    }
    zmq_msg_close(&part);
}

void monitor_stop(void *socket, void *events) {
    if (events == NULL)
        return;
    // First: what LINGER or the closing itself still lets happen would wait for ever for a PAIR that is gone.
    zmq_socket_monitor(socket, NULL, 0);
    zmq_close(events);
}
