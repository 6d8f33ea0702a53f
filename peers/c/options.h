// The table of socket options.
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "answer.h"

typedef struct {
    const char *name; // libzmq's, without ZMQ_
    int number;
    enum { INT, INT64, BYTES, TEXT, KEY } kind;
    int socket_type; // one that the option belongs to
} SocketOption;

extern const SocketOption socket_options[]; // the last one has no name

// When it returns false, it has answered the error.
bool option_set(void *socket, const Option *option, Answer *answer);
void option_get(void *socket, const char *name, Answer *answer);

// Whether the library lets this option be set, found by setting it.
bool option_settable(const SocketOption *option, void *context);

#endif
