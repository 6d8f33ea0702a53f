#include "answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME(symbol) {symbol, #symbol}

// By hand, since strerrorname_np() is glibc's alone and knows none of libzmq's own numbers.
static const char *errno_name(int number) {
    static const struct {
        int number;
        const char *name;
    } names[] = {
        NAME(EFSM),         NAME(ENOCOMPATPROTO), NAME(ETERM),        NAME(EMTHREAD),        NAME(EACCES),
        NAME(EADDRINUSE),   NAME(EADDRNOTAVAIL),  NAME(EAFNOSUPPORT), NAME(EAGAIN),          NAME(EBADF),
        NAME(ECONNABORTED), NAME(ECONNREFUSED),   NAME(ECONNRESET),   NAME(EEXIST),          NAME(EFAULT),
        NAME(EHOSTUNREACH), NAME(EINPROGRESS),    NAME(EINTR),        NAME(EINVAL),          NAME(EIO),
        NAME(EISDIR),       NAME(ELOOP),          NAME(EMFILE),       NAME(EMSGSIZE),        NAME(ENAMETOOLONG),
        NAME(ENETDOWN),     NAME(ENETRESET),      NAME(ENETUNREACH),  NAME(ENFILE),          NAME(ENOBUFS),
        NAME(ENODEV),       NAME(ENOENT),         NAME(ENOMEM),       NAME(ENOSPC),          NAME(ENOTCONN),
        NAME(ENOTDIR),      NAME(ENOTSOCK),       NAME(ENOTSUP),      NAME(EPERM),           NAME(EPIPE),
        NAME(EPROTO),       NAME(EPROTOTYPE),     NAME(EROFS),        NAME(EPROTONOSUPPORT), NAME(ETIMEDOUT)};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            return names[i].name;
    return "EUNKNOWN"; // the text has what the library says
}

void answer_init(Answer *answer, uint64_t id) {
    interop__control__v1__response__init(&answer->response);
    interop__control__v1__error__init(&answer->error);
    interop__control__v1__message__init(&answer->message);
    interop__control__v1__burst_result__init(&answer->burst);
    interop__control__v1__program_result__init(&answer->program);
    interop__control__v1__event__init(&answer->event);
    interop__control__v1__option_value__init(&answer->value);
    answer->response.id = id;
}

Answer *answer_add_step(Answer *answer) {
    ProgramResult *program = &answer->program;
    program->results = claim(program->results, (program->n_results + 1) * sizeof *program->results);
    Answer *step = claim(NULL, sizeof *step);
    answer_init(step, 0);
    program->results[program->n_results++] = &step->response;
    return step;
}

TakenFrame *answer_add_frame(Answer *answer) {
    TakenFrame *taken = claim(NULL, sizeof *taken);
    interop__control__v1__frame__init(&taken->frame);
    interop__control__v1__typed__init(&taken->typed);
    zmq_msg_init(&taken->native);
    Interop__Control__V1__Message *message = &answer->message;
    message->frames = claim(message->frames, (message->n_frames + 1) * sizeof *message->frames);
    message->frames[message->n_frames++] = &taken->frame;
    return taken;
}

void answer_free(Answer *answer) {
    for (size_t i = 0; i < answer->program.n_results; i++) {
        Answer *step = (Answer *)answer->program.results[i]; // its first member is the Response
        answer_free(step);
        free(step);
    }
    free(answer->program.results);
    for (size_t i = 0; i < answer->message.n_frames; i++) {
        TakenFrame *taken = (TakenFrame *)answer->message.frames[i]; // its first member is the frame
        zmq_msg_close(&taken->native);
        free(taken->typed.value.data);
        free(taken);
    }
    free(answer->message.frames);
    free(answer->burst.numbers);
}

void answer_error(Answer *answer, ErrorCode code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(answer->text, sizeof answer->text, format, arguments);
    va_end(arguments);
    answer->error.code = code;
    answer->error.text = answer->text;
    answer->response.result_case = RESULT(ERROR);
    answer->response.error = &answer->error;
}

void answer_errno(Answer *answer, const char *call, const char *subject) {
    int number = errno;
    answer_error(answer, number == EAGAIN ? CODE(AGAIN) : CODE(NATIVE), "%s(%s): %s", call, subject,
                 zmq_strerror(number));
    answer->error.errno_name = (char *)errno_name(number);
}

void *claim(void *old, size_t size) {
    void *memory = realloc(old, size > 0 ? size : 1);
    if (memory == NULL) {
        fprintf(stderr, "agent: out of memory for %zu bytes; give the agent more, or send smaller messages\n", size);
        abort();
    }
    return memory;
}
