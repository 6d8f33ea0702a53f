// Typed frames.
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include "answer.h"

// What the build generated: all message types of the protos (protobuf-c has no registry), the protos that were refused,
// each with the reason, and the digest of them all.
extern const ProtobufCMessageDescriptor *const message_types[]; // the last one is NULL
extern const char *const refused_protos[][2];                   // the last one is NULL, NULL
extern const char proto_digest[];

// Decodes `size` bytes as `type` into a native message, to be packed again and freed with
// protobuf_c_message_free_unpacked(). When it returns NULL, it has answered the error.
ProtobufCMessage *payload_decode(const char *type, const void *data, size_t size, Answer *answer);

#endif
