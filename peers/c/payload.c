#include "payload.h"

#include <string.h>

ProtobufCMessage *payload_decode(const char *type, const void *data, size_t size, Answer *answer) {
    const ProtobufCMessageDescriptor *const *known = message_types;
    while (*known != NULL && strcmp((*known)->name, type) != 0)
        known++;
    if (*known == NULL) {
        answer_error(answer, CODE(UNSUPPORTED), "message type '%.99s' is in none of the protos of this build", type);
        return NULL;
    }
    ProtobufCMessage *message = protobuf_c_message_unpack(*known, NULL, size, data);
    if (message == NULL)
        answer_error(answer, CODE(PAYLOAD), "protobuf-c does not decode these %zu bytes as %s", size, type);
    return message;
}
