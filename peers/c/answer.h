// The answer to one Request: the Response and all that it points to.
#ifndef ANSWER_H
#define ANSWER_H

#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "interop/control/v1/control.pb-c.h"

typedef Interop__Control__V1__Request Request;
typedef Interop__Control__V1__Response Response;
typedef Interop__Control__V1__Hello Hello;
typedef Interop__Control__V1__ErrorCode ErrorCode;
typedef Interop__Control__V1__Frame Frame;
typedef Interop__Control__V1__Option Option;
typedef Interop__Control__V1__OptionValue OptionValue;
typedef Interop__Control__V1__BurstResult BurstResult;
typedef Interop__Control__V1__ProgramResult ProgramResult;

#define CODE(name) INTEROP__CONTROL__V1__ERROR_CODE__ERROR_CODE_##name
#define RESULT(name) INTEROP__CONTROL__V1__RESPONSE__RESULT_##name

typedef struct answer {
    Response response;
    Interop__Control__V1__Error error;
    Interop__Control__V1__Message message;
    BurstResult burst;
    ProgramResult program;
    Interop__Control__V1__Event event;
    OptionValue value;
    char text[1024]; // where the error's text, the endpoint, the event or the option's data stands
} Answer;

// A frame that Receive took. The Response points into the library's own message, so that big frames are copied once.
typedef struct {
    Frame frame;
    Interop__Control__V1__Typed typed;
    zmq_msg_t native;
} TakenFrame;

void answer_init(Answer *answer, uint64_t id);
// The answer to the next step of a Program; it belongs to `answer`.
Answer *answer_add_step(Answer *answer);
TakenFrame *answer_add_frame(Answer *answer);
void answer_free(Answer *answer);

// What went wrong; it replaces any other result.
__attribute__((format(printf, 3, 4))) void answer_error(Answer *answer, ErrorCode code, const char *format, ...);
// A libzmq call failed with `errno`; `subject` is what it was called with.
void answer_errno(Answer *answer, const char *call, const char *subject);

// realloc() that does not fail: without the few bytes that it is asked for, an agent cannot answer anything any more.
void *claim(void *old, size_t size);

#endif
