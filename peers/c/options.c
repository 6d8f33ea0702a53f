#include "options.h"

#include <limits.h>
#include <string.h>

#define OPTION(name, kind, socket_type) {#name, ZMQ_##name, kind, ZMQ_##socket_type}
#define KIND(name) INTEROP__CONTROL__V1__OPTION_VALUE__KIND_##name
enum { KEY_SIZE = 32 }; // libzmq gives a CURVE key as bytes to a buffer of this size, and as Z85 text to one of 41

const SocketOption socket_options[] = {
    OPTION(LINGER, INT, DEALER),
    OPTION(SNDHWM, INT, DEALER),
    OPTION(RCVHWM, INT, DEALER),
    OPTION(SNDBUF, INT, DEALER),
    OPTION(RCVBUF, INT, DEALER),
    OPTION(SNDTIMEO, INT, DEALER),
    OPTION(RCVTIMEO, INT, DEALER),
    OPTION(IMMEDIATE, INT, DEALER),
    OPTION(IPV6, INT, DEALER),
    OPTION(MAXMSGSIZE, INT64, DEALER),
    OPTION(BACKLOG, INT, DEALER),
    OPTION(RECONNECT_IVL, INT, DEALER),
    OPTION(RECONNECT_IVL_MAX, INT, DEALER),
    OPTION(HANDSHAKE_IVL, INT, DEALER),
    OPTION(HEARTBEAT_IVL, INT, DEALER),
    OPTION(HEARTBEAT_TIMEOUT, INT, DEALER),
    OPTION(HEARTBEAT_TTL, INT, DEALER),
    OPTION(CONFLATE, INT, DEALER),
    OPTION(RATE, INT, PUB),
    OPTION(RECOVERY_IVL, INT, PUB),
    OPTION(MULTICAST_HOPS, INT, PUB),
    OPTION(ROUTER_MANDATORY, INT, ROUTER),
    OPTION(ROUTER_HANDOVER, INT, ROUTER),
    OPTION(PROBE_ROUTER, INT, DEALER),
    OPTION(REQ_CORRELATE, INT, REQ),
    OPTION(REQ_RELAXED, INT, REQ),
    OPTION(XPUB_VERBOSE, INT, XPUB),
    OPTION(XPUB_NODROP, INT, XPUB),
    OPTION(XPUB_MANUAL, INT, XPUB),
    OPTION(XPUB_VERBOSER, INT, XPUB),
    OPTION(INVERT_MATCHING, INT, PUB),
    OPTION(STREAM_NOTIFY, INT, STREAM),
    OPTION(CONNECT_TIMEOUT, INT, DEALER),
    OPTION(TCP_MAXRT, INT, DEALER),
    OPTION(TCP_KEEPALIVE, INT, DEALER),
    OPTION(TCP_KEEPALIVE_IDLE, INT, DEALER),
    OPTION(TCP_KEEPALIVE_CNT, INT, DEALER),
    OPTION(TCP_KEEPALIVE_INTVL, INT, DEALER),
    OPTION(PLAIN_SERVER, INT, DEALER),
    OPTION(CURVE_SERVER, INT, DEALER),
    OPTION(ROUTING_ID, BYTES, DEALER),
    OPTION(SUBSCRIBE, BYTES, SUB),
    OPTION(UNSUBSCRIBE, BYTES, SUB),
    OPTION(PLAIN_USERNAME, TEXT, DEALER),
    OPTION(PLAIN_PASSWORD, TEXT, DEALER),
    OPTION(CURVE_SERVERKEY, KEY, DEALER),
    OPTION(CURVE_PUBLICKEY, KEY, DEALER),
    OPTION(CURVE_SECRETKEY, KEY, DEALER),
    OPTION(ZAP_DOMAIN, TEXT, DEALER),
    OPTION(XPUB_WELCOME_MSG, BYTES, XPUB),
    OPTION(CONNECT_ROUTING_ID, BYTES, ROUTER),
    OPTION(LAST_ENDPOINT, TEXT, DEALER),
    {0},
};

static const SocketOption *find(const char *name, Answer *answer) {
    for (const SocketOption *option = socket_options; option->name != NULL; option++)
        if (strcmp(option->name, name) == 0)
            return option;
    answer_error(answer, CODE(UNSUPPORTED), "socket option '%.99s' is not known; Hello.options lists those that are",
                 name);
    return NULL;
}

static bool takes_number(const SocketOption *option) {
    return option->kind == INT || option->kind == INT64;
}

static int apply(void *socket, const SocketOption *option, const OptionValue *value) {
    if (!takes_number(option)) // never NULL: to libzmq that is no empty value, but "back to the default"
        return zmq_setsockopt(socket, option->number, value->data.len > 0 ? value->data.data : (const void *)"",
                              value->data.len);
    if (option->kind == INT && value->number >= INT_MIN && value->number <= INT_MAX) {
        int number = (int)value->number;
        return zmq_setsockopt(socket, option->number, &number, sizeof number);
    }
    // A number that is too wide for an int goes to the library as it is: EINVAL is its judgement to make.
    return zmq_setsockopt(socket, option->number, &value->number, sizeof value->number);
}

bool option_set(void *socket, const Option *option, Answer *answer) {
    const SocketOption *known = find(option != NULL ? option->name : "", answer);
    if (known == NULL)
        return false;
    bool number = takes_number(known);
    if (option->value == NULL || option->value->kind_case != (number ? KIND(NUMBER) : KIND(DATA))) {
        answer_error(answer, CODE(INVALID), "%s takes a value of the kind '%s'", known->name,
                     number ? "number" : "data");
        return false;
    }
    if (apply(socket, known, option->value) == 0)
        return true;
    answer_errno(answer, "zmq_setsockopt", known->name);
    return false;
}

void option_get(void *socket, const char *name, Answer *answer) {
    const SocketOption *option = find(name, answer);
    if (option == NULL)
        return;
    int narrow = 0;
    int64_t wide = 0;
    void *target = option->kind == INT ? (void *)&narrow : option->kind == INT64 ? (void *)&wide : answer->text;
    const size_t sizes[] = {[INT] = sizeof narrow,
                            [INT64] = sizeof wide,
                            [BYTES] = sizeof answer->text,
                            [TEXT] = sizeof answer->text,
                            [KEY] = KEY_SIZE};
    size_t size = sizes[option->kind];
    if (zmq_getsockopt(socket, option->number, target, &size) == -1) {
        answer_errno(answer, "zmq_getsockopt", option->name);
        return;
    }
    if (takes_number(option)) {
        answer->value.kind_case = KIND(NUMBER);
        answer->value.number = option->kind == INT ? narrow : wide;
    } else {
        answer->value.kind_case = KIND(DATA);
        answer->value.data.data = (uint8_t *)answer->text;
        answer->value.data.len = option->kind == TEXT ? size - 1 : size; // libzmq counts a text's final NUL
    }
    answer->response.result_case = RESULT(VALUE);
    answer->response.value = &answer->value;
}

bool option_settable(const SocketOption *option, void *context) {
    static uint8_t key[KEY_SIZE];
    OptionValue value = INTEROP__CONTROL__V1__OPTION_VALUE__INIT;
    if (takes_number(option)) {
        value.number = 1; // within the range of every option
    } else {
        value.data.data = key;
        value.data.len = option->kind == KEY ? KEY_SIZE : 1;
    }
    void *socket = zmq_socket(context, option->socket_type);
    bool settable = socket != NULL && apply(socket, option, &value) == 0;
    if (socket != NULL)
        zmq_close(socket);
    return settable;
}
