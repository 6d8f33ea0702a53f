// What happens to a socket's connections: the events that Monitor notes and ReceiveEvent takes.
#ifndef MONITOR_H
#define MONITOR_H

#include "answer.h"

// Begins to note the events of `socket`, and returns the PAIR that has them. When it returns NULL, it has answered the
// error.
void *monitor_start(void *context, void *socket, Answer *answer);

// Takes the oldest event, or answers the error.
void monitor_receive(void *events, uint32_t timeout_ms, Answer *answer);

// Before its socket is closed; `events` may be NULL, for a socket that has no monitor.
void monitor_stop(void *socket, void *events);

#endif
