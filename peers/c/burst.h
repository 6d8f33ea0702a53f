// Counted loops of sending and receiving, inside the agent.
#ifndef BURST_H
#define BURST_H

#include "answer.h"

void burst_send(void *socket, const Interop__Control__V1__SendBurst *burst, Answer *answer);
void burst_receive(void *socket, const Interop__Control__V1__ReceiveBurst *burst, Answer *answer);

#endif
