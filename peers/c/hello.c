#include "hello.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lane.h"
#include "options.h"
#include "payload.h"

#define ADD(field, text) add(&hello->field, &hello->n_##field, text)

static char *copy(const char *text) {
    return strcpy(claim(NULL, strlen(text) + 1), text);
}

static void add(char ***list, size_t *count, const char *text) {
    *list = claim(*list, (*count + 1) * sizeof **list);
    (*list)[(*count)++] = copy(text);
}

static void add_library(Hello *hello, const char *name, const char *version) {
    Interop__Control__V1__Library *library = claim(NULL, sizeof *library);
    interop__control__v1__library__init(library);
    library->name = copy(name);
    library->version = copy(version);
    hello->libraries = claim(hello->libraries, (hello->n_libraries + 1) * sizeof(void *));
    hello->libraries[hello->n_libraries++] = library;
}

static void add_refusal(Hello *hello, const char *file, const char *reason) {
    Interop__Control__V1__Refusal *refusal = claim(NULL, sizeof *refusal);
    interop__control__v1__refusal__init(refusal);
    refusal->file = copy(file);
    refusal->reason = copy(reason);
    hello->refused = claim(hello->refused, (hello->n_refused + 1) * sizeof(void *));
    hello->refused[hello->n_refused++] = refusal;
}

Hello *hello(void *context, uint32_t lanes) {
    Hello *hello = claim(NULL, sizeof *hello);
    interop__control__v1__hello__init(hello);
    hello->contract = 2;
    hello->peer = copy("c");
    hello->lanes = lanes;
    hello->proto_digest = copy(proto_digest);

    char text[64];
    snprintf(text, sizeof text, "C %ld", __STDC_VERSION__);
    hello->language = copy(text);
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    snprintf(text, sizeof text, "%d.%d.%d", major, minor, patch);
    add_library(hello, "libzmq", text);
    add_library(hello, "protobuf-c", protobuf_c_version());

    for (const SocketType *type = socket_types; type->name != NULL; type++) {
        void *socket = zmq_socket(context, type->number);
        if (socket != NULL) {
            ADD(socket_types, type->name);
            zmq_close(socket);
        }
    }
    ADD(transports, "tcp"); // the two that zmq_has() does not know of, since they are always there
    ADD(transports, "inproc");
    if (zmq_has("ipc"))
        ADD(transports, "ipc");
    if (zmq_has("pgm")) { // the one name stands for both
        ADD(transports, "pgm");
        ADD(transports, "epgm");
    }
    ADD(mechanisms, "NULL");
    ADD(mechanisms, "PLAIN");
    if (zmq_has("curve"))
        ADD(mechanisms, "CURVE");
    for (const SocketOption *option = socket_options; option->name != NULL; option++)
        if (option_settable(option, context))
            ADD(options, option->name);
    for (size_t i = 0; message_types[i] != NULL; i++)
        if (strncmp(message_types[i]->name, "interop.control.", strlen("interop.control.")) != 0)
            ADD(message_types, message_types[i]->name);
    for (size_t i = 0; refused_protos[i][0] != NULL; i++)
        add_refusal(hello, refused_protos[i][0], refused_protos[i][1]);
    ADD(abilities, "control_socket");
    ADD(abilities, "inproc_lanes");
    for (const Operation *operation = operations; operation->name != NULL; operation++)
        ADD(operations, operation->name);
    return hello;
}
