// The operations on sockets, carried out on the one lane that owns them.
#include "lane.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TYPE(name) {#name, ZMQ_##name}

const SocketType socket_types[] = {TYPE(PAIR),   TYPE(PUB),    TYPE(SUB),  TYPE(REQ),  TYPE(REP),
                                   TYPE(DEALER), TYPE(ROUTER), TYPE(PULL), TYPE(PUSH), TYPE(XPUB),
                                   TYPE(XSUB),   TYPE(STREAM), {0}};

// ---- sockets

static struct handle *find_handle(Sockets *sockets, uint32_t number) {
    for (size_t i = 0; i < sockets->count; i++)
        if (sockets->handles[i].number == number)
            return &sockets->handles[i];
    return NULL;
}

uint32_t lane_close_all(Sockets *sockets) {
    uint32_t closed = (uint32_t)sockets->count;
    while (sockets->count > 0) {
        void *socket = sockets->handles[--sockets->count].socket;
        zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
        zmq_close(socket);
    }
    free(sockets->handles);
    sockets->handles = NULL;
    return closed;
}

static void close_all(Sockets *sockets, const Request *request, Answer *answer) {
    (void)request;
    answer->response.result_case = RESULT(CLOSED);
    answer->response.closed = lane_close_all(sockets);
}

// ---- several in one Request

static void program(Sockets *sockets, const Request *request, Answer *answer) {
    answer->response.result_case = RESULT(PROGRAM);
    answer->response.program = &answer->program;
    bool failed = false;
    for (size_t i = 0; i < request->program->n_steps && !failed; i++) {
        const Request *step = request->program->steps[i];
        Answer *result = answer_add_step(answer);
        if (step->operation_case == INTEROP__CONTROL__V1__REQUEST__OPERATION_PROGRAM)
            answer_error(result, CODE(UNSUPPORTED), "a Program within a Program");
        else
            lane_carry_out(sockets, step, result);
        failed = result->response.result_case == RESULT(ERROR);
    }
}

// ---- all of them

#define FIELD(field, NAME) #field, INTEROP__CONTROL__V1__REQUEST__OPERATION_##NAME
#define HANDLE_OF(Type) offsetof(Interop__Control__V1__##Type, socket)

// What has a function is carried out, and Hello says so; peer.toml claims the same. NULL is UNSUPPORTED: write the
// function that the comment tells of, and put it there.
const Operation operations[] = {
    {FIELD(open, OPEN), 0, NULL},                  // zmq_socket, LINGER 0, then each option in order
    {FIELD(close, CLOSE), HANDLE_OF(Close), NULL}, // zmq_close
    {FIELD(close_all, CLOSE_ALL), 0, close_all},
    {FIELD(set_option, SET_OPTION), HANDLE_OF(SetOption), NULL},  // option_set in options.c
    {FIELD(get_option, GET_OPTION), HANDLE_OF(GetOption), NULL},  // option_get in options.c
    {FIELD(bind, BIND), HANDLE_OF(Bind), NULL},                   // zmq_bind, then LAST_ENDPOINT
    {FIELD(connect, CONNECT), HANDLE_OF(Connect), NULL},          // zmq_connect, then LAST_ENDPOINT
    {FIELD(unbind, UNBIND), HANDLE_OF(Unbind), NULL},             // zmq_unbind
    {FIELD(disconnect, DISCONNECT), HANDLE_OF(Disconnect), NULL}, // zmq_disconnect
    {FIELD(send, SEND), HANDLE_OF(Send), NULL},                   // zmq_msg_send with SNDMORE, within timeout_ms
    {FIELD(receive, RECEIVE), HANDLE_OF(Receive), NULL},          // zmq_msg_recv until RCVMORE is 0, within timeout_ms
    {FIELD(send_burst, SEND_BURST), HANDLE_OF(SendBurst), NULL},  // Send in a loop, counted
    {FIELD(receive_burst, RECEIVE_BURST), HANDLE_OF(ReceiveBurst), NULL}, // Receive in a loop, counted
    {FIELD(monitor, MONITOR), HANDLE_OF(Monitor), NULL},                  // zmq_socket_monitor, all events
    {FIELD(receive_event, RECEIVE_EVENT), HANDLE_OF(ReceiveEvent), NULL}, // the oldest of them
    {FIELD(program, PROGRAM), 0, program},
    {0},
};

void lane_carry_out(Sockets *sockets, const Request *request, Answer *answer) {
    const Operation *operation = operations;
    while (operation->name != NULL && operation->number != (int)request->operation_case)
        operation++;
    if (operation->carry_out == NULL) {
        answer_error(answer, CODE(UNSUPPORTED), "operation %u of Request: this agent does not carry it out",
                     request->operation_case);
        return;
    }
    if (operation->handle_at > 0) {
        // All operations are pointers in one union, so any of them leads to the message.
        const char *message = (const void *)request->open;
        uint32_t number = *(const uint32_t *)(const void *)(message + operation->handle_at);
        sockets->named = find_handle(sockets, number);
        if (sockets->named == NULL) {
            answer_error(answer, CODE(INVALID), "socket %u is not open on this lane; open it first", number);
            return;
        }
    }
    operation->carry_out(sockets, request, answer);
}
