"""The program of a role in C, with libzmq."""

from __future__ import annotations

from zmq_interop.core.frames import OptionValue
from zmq_interop.repro import parts
from zmq_interop.repro.parts import Part, Program
from zmq_interop.repro.recording import Recording, Step

_LONG = frozenset({"MAXMSGSIZE"})  # int64_t, as zmq_setsockopt(3) says; other numbers are int

_HEAD = """\
// The @role@ of @cell@, with libzmq @version@.
//
// Each step waits for a line on stdin and answers with one on stdout: its number, then `ok` with the frames that came,
// in hexadecimal (`-` for an empty one), or `error` with the name of the errno. run.py writes and reads these lines.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

struct frame {
    const void *data;
    size_t size;
};

// Waits until it is the turn of the next step.
static void turn(void) {
    char line[32];
    if (fgets(line, sizeof line, stdin) == NULL)
        exit(0);
}

static void failed(int number) {
    const int names[] = {EFSM, ETERM, ENOCOMPATPROTO, EMTHREAD, EAGAIN, EINVAL, EADDRINUSE, EHOSTUNREACH, ENOENT,
                         EPROTONOSUPPORT, ENOTSUP, ENODEV, EADDRNOTAVAIL};
    const char *texts[] = {"EFSM", "ETERM", "ENOCOMPATPROTO", "EMTHREAD", "EAGAIN", "EINVAL", "EADDRINUSE",
                           "EHOSTUNREACH", "ENOENT", "EPROTONOSUPPORT", "ENOTSUP", "ENODEV", "EADDRNOTAVAIL"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (errno == names[i]) {
            printf("%d error %s\\n", number, texts[i]);
            return;
        }
    printf("%d error %d\\n", number, errno);
}

// Tells how a call went. returned: -1 after an error.
static void told(int number, int returned) {
    if (returned == -1)
        failed(number);
    else
        printf("%d ok\\n", number);
}

static int set_int(void *socket, int option, int value) {
    return zmq_setsockopt(socket, option, &value, sizeof value);
}

static int send_frames(void *socket, const struct frame *frames, int count) {
    for (int i = 0; i < count; i++)
        if (zmq_send(socket, frames[i].data, frames[i].size, i < count - 1 ? ZMQ_SNDMORE : 0) == -1)
            return -1;
    return 0;
}

// Receives a message and tells its frames. first: takes the first one, to send to it later.
static void receive(int number, void *socket, zmq_msg_t *first) {
    for (int more = 1, place = 0; more; place++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, socket, 0) == -1) {
            failed(number);
            return;
        }
        if (place == 0)
            printf("%d ok", number);
        const unsigned char *data = zmq_msg_data(&frame);
        printf(zmq_msg_size(&frame) == 0 ? " -" : " ");
        for (size_t i = 0; i < zmq_msg_size(&frame); i++)
            printf("%02x", data[i]);
        more = zmq_msg_more(&frame);
        if (place == 0) {
            zmq_msg_init(first);
            zmq_msg_copy(first, &frame);
        }
        zmq_msg_close(&frame);
    }
    printf("\\n");
}

int main(int count, char **endpoint) { // from 1: where to bind and connect
    (void)count;
    (void)set_int;
    (void)send_frames;
    (void)receive;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    void *context = zmq_ctx_new();
    printf("0 ok\\n");
"""


def write(part: Part, recording: Recording) -> Program:
    """The program of a role, and how it is compiled: with the libzmq of the machine, whose version is not pinned.

    Raises UsageError for what is not supported yet.
    """
    steps = parts.of_role(recording, part.role)
    parts.refuse_unsupported(part, recording, steps, "C")
    names = parts.names(steps)
    ids = parts.routing_ids(steps)
    body = "".join(_step(step, names.get(step.socket, "socket"), ids) for step in steps)
    head = parts.filled(_HEAD, role=part.role, cell=recording.cell, version=part.version("libzmq"))
    binary = f"build/{part.role}"
    return Program(
        files={f"{part.role}.c": f"{head}{body}\n    turn();\n    (void)context;\n    return 0;\n}}\n"},
        build=("mkdir -p build", f'"${{CC:-cc}}" -Wall -o {binary} {part.role}.c -lzmq'),
        command=(binary,),
    )


def _step(step: Step, socket: str, ids: dict[int, int]) -> str:
    before = [f"void *{socket} = NULL;"] if step.name == "open" else []
    if step.name == "receive":
        before = [f"zmq_msg_t first_{step.number};"]
    lines = [*before, f"// {step.number}: {parts.told(step)}", "turn();", *_lines(step, socket, ids)]
    return "\n" + "".join(f"    {line}\n" for line in lines)


def _lines(step: Step, socket: str, ids: dict[int, int]) -> list[str]:
    match step.name:
        case "open":
            settings = ["set_int(SOCKET, ZMQ_LINGER, 0)".replace("SOCKET", socket)]
            settings += [_set(socket, name, value) for name, value in step.options]
            return [
                f"{socket} = zmq_socket(context, ZMQ_{step.type});",
                f"told({step.number}, {' == -1 ? -1 : '.join(settings)});",
            ]
        case "close":
            return [f"told({step.number}, zmq_close({socket}));"]
        case "set_option":
            return [f"told({step.number}, {_set(socket, *step.options[0])});"]
        case "send":
            frames = ", ".join(
                f"{{zmq_msg_data(&first_{ids[frame.id]}), zmq_msg_size(&first_{ids[frame.id]})}}"
                if frame.id
                else f"{{{_text(frame.data)}, {len(frame.data)}}}"
                for frame in step.frames
            )
            name = f"frames_{step.number}"
            return [
                f"const struct frame {name}[] = {{{frames}}};",
                f"set_int({socket}, ZMQ_SNDTIMEO, {parts.patience(step)});",
                f"told({step.number}, send_frames({socket}, {name}, {len(step.frames)}));",
            ]
        case "receive":
            return [
                f"set_int({socket}, ZMQ_RCVTIMEO, {parts.patience(step)});",
                f"receive({step.number}, {socket}, &first_{step.number});",
            ]
        case name:
            return [f"told({step.number}, zmq_{name}({socket}, endpoint[{step.endpoint + 1}]));"]


def _set(socket: str, name: str, value: OptionValue) -> str:
    if isinstance(value, bytes):
        return f"zmq_setsockopt({socket}, ZMQ_{name}, {_text(value)}, {len(value)})"
    if name in _LONG:
        return f"zmq_setsockopt({socket}, ZMQ_{name}, &(int64_t){{{value}}}, sizeof(int64_t))"
    return f"set_int({socket}, ZMQ_{name}, {value})"


def _text(data: bytes) -> str:
    """A literal: octal escapes end after three digits, those of hexadecimal do not."""
    return '"' + "".join(chr(one) if 32 <= one < 127 and one not in b'"\\?' else f"\\{one:03o}" for one in data) + '"'
