// The parts of messages: sent and received within time limits, and never half a message.
#ifndef PARTS_H
#define PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

uint64_t now_ns(void);

// When a time limit ends; 0 for "do not wait", which is always over.
uint64_t deadline_after(uint32_t timeout_ms);

// These return as libzmq does: -1 is a failure that errno tells, EAGAIN that the deadline has passed.

int make_part(zmq_msg_t *part, const void *data, size_t size);
int receive_part(zmq_msg_t *part, void *socket, uint64_t deadline);

// Closes the part, sent or not.
int send_part(zmq_msg_t *part, void *socket, int flags, uint64_t deadline);

// Sends copies, which share their data with the originals: these are still there to be sent again.
int send_whole(zmq_msg_t *parts, size_t count, void *socket, uint64_t deadline);

// Whether the message must be sent again from its first part. When the other side leaves in the midst of a message,
// libzmq takes back the parts so far, says EAGAIN, and would take the next part for the first of another message. Only
// the first part waits until the deadline, so EAGAIN before it comes from a later one.
bool is_cut_short(int result, uint64_t deadline);

#endif
