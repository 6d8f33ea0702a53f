"""The program of a role in C++, with cppzmq."""

from __future__ import annotations

from zmq_interop.core.frames import OptionValue
from zmq_interop.repro import parts
from zmq_interop.repro.parts import Part, Program
from zmq_interop.repro.recording import Recording, Step

_HEAD = """\
// The @role@ of @cell@, with cppzmq @version@ and libzmq @libzmq@.
//
// Each step waits for a line on stdin and answers with one on stdout: its number, then `ok` with the frames that came,
// in hexadecimal (`-` for an empty one), or `error` with the name of the errno. run.py writes and reads these lines.
#include <cerrno>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>
#include <zmq.hpp>
#include <zmq_addon.hpp>

using Frames = std::vector<std::string>;

static std::map<int, Frames> came; // the answers of earlier steps

static std::string name_of(int number) {
    static const std::map<int, std::string> names{
        {EFSM, "EFSM"},       {ETERM, "ETERM"},           {ENOCOMPATPROTO, "ENOCOMPATPROTO"},
        {EAGAIN, "EAGAIN"},   {EINVAL, "EINVAL"},         {EADDRINUSE, "EADDRINUSE"},
        {ENOENT, "ENOENT"},   {EHOSTUNREACH, "EHOSTUNREACH"}, {EPROTONOSUPPORT, "EPROTONOSUPPORT"},
    };
    const auto found = names.find(number);
    return found == names.end() ? std::to_string(number) : found->second;
}

// Waits until it is this step's turn, then tells how it went.
template <typename Call> static void step(int number, Call call) {
    std::string line;
    if (!std::getline(std::cin, line))
        std::exit(0);
    try {
        came[number] = call();
    } catch (const zmq::error_t &error) {
        std::cout << number << " error " << name_of(error.num()) << std::endl;
        return;
    }
    std::ostringstream said;
    for (const auto &frame : came[number]) {
        said << (frame.empty() ? " -" : " ");
        for (const unsigned char one : frame)
            said << std::hex << std::setw(2) << std::setfill('0') << int(one);
    }
    std::cout << number << " ok" << said.str() << std::endl;
}

// An error that the binding returns, as the exception that it raises for others.
[[noreturn]] static void again() {
    errno = EAGAIN;
    throw zmq::error_t();
}

[[maybe_unused]] static Frames send(zmq::socket_t &socket, const Frames &frames) {
    std::vector<zmq::const_buffer> buffers;
    for (const auto &frame : frames)
        buffers.push_back(zmq::buffer(frame));
    if (!zmq::send_multipart(socket, buffers))
        again();
    return {};
}

[[maybe_unused]] static Frames receive(zmq::socket_t &socket) {
    std::vector<zmq::message_t> messages;
    if (!zmq::recv_multipart(socket, std::back_inserter(messages)))
        again();
    Frames frames;
    for (const auto &message : messages)
        frames.push_back(message.to_string());
    return frames;
}

int main(int, char **endpoint) { // from 1: where to bind and connect
    zmq::context_t context;
    std::cout << "0 ok" << std::endl;
"""


def write(part: Part, recording: Recording) -> Program:
    """The program of a role, and how it is compiled: with the cppzmq and libzmq of the machine, whose versions are not
    pinned. Raises UsageError for what is not supported yet.
    """
    steps = parts.of_role(recording, part.role)
    parts.refuse_unsupported(part, recording, steps, "C++")
    names = parts.names(steps)
    ids = parts.routing_ids(steps)
    body = "".join(_step(step, names.get(step.socket, "socket"), ids) for step in steps)
    head = parts.filled(
        _HEAD,
        role=part.role,
        cell=recording.cell,
        version=part.version("cppzmq"),
        libzmq=part.version("libzmq"),
    )
    binary = f"build/{part.role}"
    return Program(
        files={f"{part.role}.cpp": f"{head}{body}\n    std::string end;\n    std::getline(std::cin, end);\n}}\n"},
        build=("mkdir -p build", f'"${{CXX:-c++}}" -std=c++17 -Wall -o {binary} {part.role}.cpp -lzmq'),
        command=(binary,),
    )


def _step(step: Step, socket: str, ids: dict[int, int]) -> str:
    before = f"    zmq::socket_t {socket};\n" if step.name == "open" else ""
    lines = "".join(f"        {line}\n" for line in _lines(step, socket, ids))
    head = f"\n{before}    // {step.number}: {parts.told(step)}\n"
    return f"{head}    step({step.number}, [&]() -> Frames {{\n{lines}    }});\n"


def _lines(step: Step, socket: str, ids: dict[int, int]) -> list[str]:
    match step.name:
        case "open":
            return [
                f"{socket} = zmq::socket_t(context, ZMQ_{step.type});",
                f"{socket}.set(zmq::sockopt::linger, 0);",
                *(_set(socket, name, value) for name, value in step.options),
                "return {};",
            ]
        case "set_option":
            return [_set(socket, *step.options[0]), "return {};"]
        case "send":
            frames = ", ".join(f"came[{ids[frame.id]}][0]" if frame.id else _text(frame.data) for frame in step.frames)
            wait = f"{socket}.set(zmq::sockopt::sndtimeo, {parts.patience(step)});"
            return [wait, f"return send({socket}, {{{frames}}});"]
        case "receive":
            return [f"{socket}.set(zmq::sockopt::rcvtimeo, {parts.patience(step)});", f"return receive({socket});"]
        case "close":
            return [f"{socket}.close();", "return {};"]
        case name:
            return [f"{socket}.{name}(endpoint[{step.endpoint + 1}]);", "return {};"]


def _set(socket: str, name: str, value: OptionValue) -> str:
    told = str(value) if isinstance(value, int) else _text(value)
    return f"{socket}.set(zmq::sockopt::{name.lower()}, {told});"


def _text(data: bytes) -> str:
    """A string with its size, since it may contain zeros; octal escapes end after three digits."""
    text = "".join(chr(one) if 32 <= one < 127 and one not in b'"\\?' else f"\\{one:03o}" for one in data)
    return f'std::string("{text}", {len(data)})'
