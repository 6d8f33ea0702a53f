#include "lane.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "burst.h"
#include "monitor.h"
#include "options.h"
#include "parts.h"
#include "payload.h"

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

static void close_now(void *socket) {
    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_close(socket);
}

static void open_socket(Sockets *sockets, const Request *request, Answer *answer) {
    const Interop__Control__V1__Open *open = request->open;
    if (find_handle(sockets, open->socket) != NULL) {
        answer_error(answer, CODE(INVALID), "socket %u is open already; close it or choose another number",
                     open->socket);
        return;
    }
    const SocketType *type = socket_types;
    while (type->name != NULL && strcmp(type->name, open->type) != 0)
        type++;
    if (type->name == NULL) {
        answer_error(answer, CODE(UNSUPPORTED), "socket type '%.99s' is not known", open->type);
        return;
    }
    void *socket = zmq_socket(sockets->context, type->number);
    if (socket == NULL) {
        answer_errno(answer, "zmq_socket", type->name);
        return;
    }
    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    for (size_t i = 0; i < open->n_options; i++)
        if (!option_set(socket, open->options[i], answer)) {
            close_now(socket);
            return;
        }
    sockets->handles = claim(sockets->handles, (sockets->count + 1) * sizeof *sockets->handles);
    sockets->handles[sockets->count++] = (struct handle){.number = open->socket, .socket = socket};
}

static void close_socket(Sockets *sockets, const Request *request, Answer *answer) {
    (void)request, (void)answer;
    monitor_stop(sockets->named->socket, sockets->named->events);
    zmq_close(sockets->named->socket);
    *sockets->named = sockets->handles[--sockets->count];
}

uint32_t lane_close_all(Sockets *sockets) {
    uint32_t closed = (uint32_t)sockets->count;
    while (sockets->count > 0) {
        struct handle *last = &sockets->handles[--sockets->count];
        monitor_stop(last->socket, last->events);
        close_now(last->socket);
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

static void set_option(Sockets *sockets, const Request *request, Answer *answer) {
    option_set(sockets->named->socket, request->set_option->option, answer);
}

static void get_option(Sockets *sockets, const Request *request, Answer *answer) {
    option_get(sockets->named->socket, request->get_option->name, answer);
}

static void answer_endpoint(void *socket, Answer *answer) {
    size_t size = sizeof answer->text;
    if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, answer->text, &size) == -1) {
        answer_errno(answer, "zmq_getsockopt", "LAST_ENDPOINT");
    } else {
        answer->response.result_case = RESULT(ENDPOINT);
        answer->response.endpoint = answer->text;
    }
}

static void bind_socket(Sockets *sockets, const Request *request, Answer *answer) {
    if (zmq_bind(sockets->named->socket, request->bind->endpoint) == 0)
        answer_endpoint(sockets->named->socket, answer);
    else
        answer_errno(answer, "zmq_bind", request->bind->endpoint);
}

static void connect_socket(Sockets *sockets, const Request *request, Answer *answer) {
    if (zmq_connect(sockets->named->socket, request->connect->endpoint) == 0)
        answer_endpoint(sockets->named->socket, answer);
    else
        answer_errno(answer, "zmq_connect", request->connect->endpoint);
}

static void unbind_socket(Sockets *sockets, const Request *request, Answer *answer) {
    if (zmq_unbind(sockets->named->socket, request->unbind->endpoint) == -1)
        answer_errno(answer, "zmq_unbind", request->unbind->endpoint);
}

static void disconnect_socket(Sockets *sockets, const Request *request, Answer *answer) {
    if (zmq_disconnect(sockets->named->socket, request->disconnect->endpoint) == -1)
        answer_errno(answer, "zmq_disconnect", request->disconnect->endpoint);
}

// ---- monitor events

static void monitor(Sockets *sockets, const Request *request, Answer *answer) {
    struct handle *named = sockets->named;
    if (named->events != NULL)
        answer_error(answer, CODE(INVALID), "socket %u has a monitor already", request->monitor->socket);
    else
        named->events = monitor_start(sockets->context, named->socket, answer);
}

static void receive_event(Sockets *sockets, const Request *request, Answer *answer) {
    const Interop__Control__V1__ReceiveEvent *receive = request->receive_event;
    if (sockets->named->events == NULL)
        answer_error(answer, CODE(INVALID), "socket %u has no monitor; ask for Monitor first", receive->socket);
    else
        monitor_receive(sockets->named->events, receive->timeout_ms, answer);
}

// ---- messages

static bool make_frame(zmq_msg_t *part, const Frame *frame, Answer *answer) {
    int result;
    if (frame->body_case == INTEROP__CONTROL__V1__FRAME__BODY_RAW) {
        result = make_part(part, frame->raw.data, frame->raw.len);
    } else if (frame->body_case == INTEROP__CONTROL__V1__FRAME__BODY_TYPED) {
        const ProtobufCBinaryData *value = &frame->typed->value;
        ProtobufCMessage *message = payload_decode(frame->typed->type, value->data, value->len, answer);
        if (message == NULL)
            return false;
        result = zmq_msg_init_size(part, protobuf_c_message_get_packed_size(message));
        if (result == 0)
            protobuf_c_message_pack(message, zmq_msg_data(part));
        protobuf_c_message_free_unpacked(message, NULL);
    } else {
        answer_error(answer, CODE(INVALID), "a frame has no body; set raw or typed");
        return false;
    }
    if (result == -1)
        answer_errno(answer, "zmq_msg_init_size", "a frame");
    return result == 0;
}

static void send_message(Sockets *sockets, const Request *request, Answer *answer) {
    const Interop__Control__V1__Send *send = request->send;
    void *socket = sockets->named->socket;
    if (send->n_frames == 0) {
        answer_error(answer, CODE(INVALID), "a message has at least one frame; an empty one will do");
        return;
    }
    zmq_msg_t *parts = claim(NULL, send->n_frames * sizeof *parts);
    size_t made = 0;
    while (made < send->n_frames && make_frame(&parts[made], send->frames[made], answer))
        made++;
    uint64_t deadline = deadline_after(send->timeout_ms);
    if (made == send->n_frames) { // where one cannot be made, none goes out
        int result;
        do
            result = send_whole(parts, made, socket, deadline);
        while (is_cut_short(result, deadline));
        if (result == -1)
            answer_errno(answer, "zmq_msg_send", "a frame");
    }
    for (size_t i = 0; i < made; i++)
        zmq_msg_close(&parts[i]);
    free(parts);
}

static bool decode_frame(TakenFrame *taken, char *type, Answer *answer) {
    Frame *frame = &taken->frame;
    ProtobufCMessage *message = payload_decode(type, frame->raw.data, frame->raw.len, answer);
    if (message == NULL)
        return false;
    ProtobufCBinaryData *value = &taken->typed.value;
    value->data = claim(NULL, protobuf_c_message_get_packed_size(message));
    value->len = protobuf_c_message_pack(message, value->data);
    protobuf_c_message_free_unpacked(message, NULL);
    taken->typed.type = type;
    frame->body_case = INTEROP__CONTROL__V1__FRAME__BODY_TYPED;
    frame->typed = &taken->typed;
    return true;
}

static void receive_message(Sockets *sockets, const Request *request, Answer *answer) {
    const Interop__Control__V1__Receive *receive = request->receive;
    void *socket = sockets->named->socket;
    uint64_t deadline = deadline_after(receive->timeout_ms);
    TakenFrame *taken;
    do {
        taken = answer_add_frame(answer);
        if (receive_part(&taken->native, socket, deadline) == -1) {
            answer_errno(answer, "zmq_msg_recv", "a frame");
            return;
        }
        taken->frame.body_case = INTEROP__CONTROL__V1__FRAME__BODY_RAW;
        taken->frame.raw.data = zmq_msg_data(&taken->native);
        taken->frame.raw.len = zmq_msg_size(&taken->native);
    } while (zmq_msg_more(&taken->native));
    for (size_t i = 0; i < receive->n_types && i < answer->message.n_frames; i++)
        if (receive->types[i][0] != '\0' &&
            !decode_frame((TakenFrame *)answer->message.frames[i], receive->types[i], answer))
            return;
    answer->response.result_case = RESULT(MESSAGE);
    answer->response.message = &answer->message;
}

static void send_burst(Sockets *sockets, const Request *request, Answer *answer) {
    burst_send(sockets->named->socket, request->send_burst, answer);
}

static void receive_burst(Sockets *sockets, const Request *request, Answer *answer) {
    burst_receive(sockets->named->socket, request->receive_burst, answer);
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

const Operation operations[] = {
    {FIELD(open, OPEN), 0, open_socket},
    {FIELD(close, CLOSE), HANDLE_OF(Close), close_socket},
    {FIELD(close_all, CLOSE_ALL), 0, close_all},
    {FIELD(set_option, SET_OPTION), HANDLE_OF(SetOption), set_option},
    {FIELD(get_option, GET_OPTION), HANDLE_OF(GetOption), get_option},
    {FIELD(bind, BIND), HANDLE_OF(Bind), bind_socket},
    {FIELD(connect, CONNECT), HANDLE_OF(Connect), connect_socket},
    {FIELD(unbind, UNBIND), HANDLE_OF(Unbind), unbind_socket},
    {FIELD(disconnect, DISCONNECT), HANDLE_OF(Disconnect), disconnect_socket},
    {FIELD(send, SEND), HANDLE_OF(Send), send_message},
    {FIELD(receive, RECEIVE), HANDLE_OF(Receive), receive_message},
    {FIELD(send_burst, SEND_BURST), HANDLE_OF(SendBurst), send_burst},
    {FIELD(receive_burst, RECEIVE_BURST), HANDLE_OF(ReceiveBurst), receive_burst},
    {FIELD(monitor, MONITOR), HANDLE_OF(Monitor), monitor},
    {FIELD(receive_event, RECEIVE_EVENT), HANDLE_OF(ReceiveEvent), receive_event},
    {FIELD(program, PROGRAM), 0, program},
    {0},
};

void lane_carry_out(Sockets *sockets, const Request *request, Answer *answer) {
    const Operation *operation = operations;
    while (operation->name != NULL && operation->number != (int)request->operation_case)
        operation++;
    if (operation->name == NULL) {
        answer_error(answer, CODE(UNSUPPORTED), "the Request sets no operation that this agent knows");
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
