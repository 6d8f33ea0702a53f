"""The program of a role in Go, with go-zeromq/zmq4."""

from __future__ import annotations

from zmq_interop.core.frames import OptionValue
from zmq_interop.repro import parts
from zmq_interop.repro.parts import Part, Program
from zmq_interop.repro.recording import Frame, Recording, Step, refused

LIBRARY = "github.com/go-zeromq/zmq4"
_MAKERS = {
    kind.upper(): kind
    for kind in ("Pair", "Pub", "Sub", "Req", "Rep", "Dealer", "Router", "Pull", "Push", "XPub", "XSub")
}
_LATER = {"SUBSCRIBE": "OptionSubscribe", "UNSUBSCRIBE": "OptionUnsubscribe", "SNDHWM": "OptionHWM"}

_HEAD = """\
// The @role@ of @cell@, with @library@ @version@.
//
// Each step waits for a line on stdin and answers with one on stdout: its number, then `ok` with the frames that came,
// in hexadecimal (`-` for an empty one), or `error` with a name. run.py writes and reads these lines.
package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	zmq "@library@"
)

var (
	input    = bufio.NewReader(os.Stdin)
	endpoint = os.Args // from 1: where to bind and connect
	came     = map[int][][]byte{}
	errAgain = errors.New("EAGAIN")
)

// step waits until it is this step's turn, then tells how the call went.
func step(number int, call func() ([][]byte, error)) {
	if _, err := input.ReadString('\\n'); err != nil {
		os.Exit(0)
	}
	frames, err := call()
	if err != nil {
		fmt.Println(number, "error", err)
		return
	}
	came[number] = frames
	said := []string{"ok"}
	for _, frame := range frames {
		if len(frame) == 0 {
			said = append(said, "-")
		} else {
			said = append(said, hex.EncodeToString(frame))
		}
	}
	fmt.Println(number, strings.Join(said, " "))
}

// within gives a call of the library a time limit, which the library has not.
func within(limit time.Duration, call func() ([][]byte, error)) ([][]byte, error) {
	type result struct {
		frames [][]byte
		err    error
	}
	done := make(chan result, 1)
	go func() {
		frames, err := call()
		done <- result{frames, err}
	}()
	select {
	case one := <-done:
		return one.frames, one.err
	case <-time.After(limit):
		return nil, errAgain
	}
}

func receive(socket zmq.Socket, limit time.Duration) ([][]byte, error) {
	return within(limit, func() ([][]byte, error) {
		message, err := socket.Recv()
		return message.Frames, err
	})
}

func send(socket zmq.Socket, limit time.Duration, frames ...[]byte) ([][]byte, error) {
	return within(limit, func() ([][]byte, error) { return nil, socket.SendMulti(zmq.NewMsgFrom(frames...)) })
}

// dial does not wait for longer than a second for the other side, which may come later.
func dial(socket zmq.Socket, endpoint string) ([][]byte, error) {
	frames, err := within(time.Second, func() ([][]byte, error) { return nil, socket.Dial(endpoint) })
	if err == errAgain {
		err = nil
	}
	return frames, err
}

func main() {
	ctx := context.Background()
	fmt.Println("0 ok")
"""


def write(part: Part, recording: Recording) -> Program:
    """The program of a role, and how it is built: as a Go module with exact versions.

    Raises UsageError for what is not supported yet.
    """
    steps = parts.of_role(recording, part.role)
    _check(part, recording, steps)
    names = parts.names(steps)
    ids = parts.routing_ids(steps)
    body = "".join(_step(step, names.get(step.socket, "socket"), steps, ids) for step in steps)
    version = part.version(LIBRARY)
    head = parts.filled(_HEAD, role=part.role, cell=recording.cell, library=LIBRARY, version=version)
    binary = f"build/{part.role}"
    return Program(
        files={
            f"{part.role}/main.go": f"{head}{body}\n\tinput.ReadString('\\n')\n}}\n",
            f"{part.role}/go.mod": f"module {part.role}\n\ngo 1.23\n\nrequire {LIBRARY} v{version}\n",
        },
        build=(f"(cd {part.role} && GOFLAGS=-mod=mod go build -o ../{binary} .)",),
        command=(binary,),
    )


def _check(part: Part, recording: Recording, steps: list[Step]) -> None:
    """Raises UsageError for what the program cannot have."""
    if parts.frame_types(steps):
        raise refused(recording.cell, f"typed frames in Go ({part.peer}, the {part.role})")
    sockets = {step.socket: step.type for step in steps if step.name == "open"}
    for step in steps:
        if step.answer.error not in ("", "EAGAIN"):
            raise refused(recording.cell, f"an expected error {step.answer.error} of {LIBRARY}, which has no errnos")
        if step.name in ("get_option", "unbind", "disconnect") or sockets.get(step.socket) == "STREAM":
            raise refused(recording.cell, f"the operation {step.name} in Go ({part.peer}, the {part.role})")
        for name, _ in step.options:
            if name not in _LATER and (name, step.name) != ("ROUTING_ID", "open") and name != "LINGER":
                raise refused(recording.cell, f"the option {name} in Go ({part.peer}, the {part.role})")


def _step(step: Step, socket: str, steps: list[Step], ids: dict[int, int]) -> str:
    before = f"\tvar {socket} zmq.Socket\n" if step.name == "open" else ""
    lines = "".join(f"\t\t{line}\n" for line in _lines(step, socket, steps, ids))
    return (
        f"\n{before}\t// {step.number}: {parts.told(step)}\n"
        f"\tstep({step.number}, func() ([][]byte, error) {{\n{lines}\t}})\n"
    )


def _lines(step: Step, socket: str, steps: list[Step], ids: dict[int, int]) -> list[str]:
    limit = f"{parts.patience(step) or 100}*time.Millisecond"  # the library cannot be asked not to wait
    match step.name:
        case "open":
            return _open(step, socket, steps)
        case "close":
            return [f"return nil, {socket}.Close()"]
        case "set_option":
            return [f"return nil, {_set(socket, *step.options[0])}"]
        case "bind":
            return [f"return nil, {socket}.Listen(endpoint[{step.endpoint + 1}])"]
        case "connect":
            return [f"return dial({socket}, endpoint[{step.endpoint + 1}])"]
        case "send":
            frames = "".join(f", {_frame(frame, ids)}" for frame in step.frames)
            return [f"return send({socket}, {limit}{frames})"]
        case _:
            return [f"return receive({socket}, {limit})"]


def _open(step: Step, socket: str, steps: list[Step]) -> list[str]:
    """A socket that connects first tries again, as those of libzmq do; one that binds first must not be told to."""
    first = next((one.name for one in steps if one.socket == step.socket and one.name in ("bind", "connect")), "")
    more = [f"zmq.WithID(zmq.SocketIdentity({_text(value)}))" for name, value in step.options if name == "ROUTING_ID"]
    if first == "connect":
        more += ["zmq.WithDialerMaxRetries(-1)", "zmq.WithAutomaticReconnect(true)"]
    lines = [f"{socket} = zmq.New{_MAKERS[step.type]}({', '.join(['ctx', *more])})"]
    for name, value in step.options:
        if name in _LATER:
            lines += [f"if err := {_set(socket, name, value)}; err != nil {{", "\treturn nil, err", "}"]
    return [*lines, "return nil, nil"]


def _set(socket: str, name: str, value: OptionValue) -> str:
    if name == "LINGER":
        return "nil // the library has no LINGER"
    return f"{socket}.SetOption(zmq.{_LATER[name]}, {_text(value)})"


def _text(value: OptionValue) -> str:
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(data: bytes) -> str:
    return '"' + "".join(chr(one) if 32 <= one < 127 and one not in b'"\\' else f"\\x{one:02x}" for one in data) + '"'


def _frame(frame: Frame, ids: dict[int, int]) -> str:
    return f"came[{ids[frame.id]}][0]" if frame.id else f"[]byte({_quoted(frame.data)})"
