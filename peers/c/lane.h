// The operations on sockets, carried out on the one lane that owns them.
#ifndef LANE_H
#define LANE_H

#include "answer.h"

typedef struct {
    void *context;
    struct handle {
        uint32_t number;
        void *socket;
        void *events;   // the PAIR that has them, where the socket has a monitor
    } *handles, *named; // named: the one that the present Request is about
    size_t count;
} Sockets;

typedef struct {
    const char *name; // of the field in Request
    int number;       // of the field in Request
    size_t handle_at; // where the operation's message holds the socket's handle; 0 when it is about no open socket
    void (*carry_out)(Sockets *sockets, const Request *request, Answer *answer);
} Operation;

extern const Operation operations[]; // the last one has no name

typedef struct {
    const char *name; // libzmq's, without ZMQ_
    int number;
} SocketType;

extern const SocketType socket_types[]; // the last one has no name

void lane_carry_out(Sockets *sockets, const Request *request, Answer *answer);

// Closes all sockets, and says how many there were.
uint32_t lane_close_all(Sockets *sockets);

#endif
