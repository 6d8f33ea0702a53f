// What this agent can do, asked of its libraries.
#ifndef HELLO_H
#define HELLO_H

#include "answer.h"

// To be freed with interop__control__v1__hello__free_unpacked().
Hello *hello(void *context, uint32_t lanes);

#endif
