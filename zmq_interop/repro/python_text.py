"""The program of a role in Python, with pyzmq or pyomq."""

from __future__ import annotations

from zmq_interop.core.frames import OptionValue
from zmq_interop.repro import parts
from zmq_interop.repro.parts import Part, Program
from zmq_interop.repro.recording import Frame, Recording, Step

_KEYS = ("CURVE_PUBLICKEY", "CURVE_SECRETKEY", "CURVE_SERVERKEY")

_HEAD = '''\
"""The {role} of {cell}, with {library} {version}.

Each step waits for a line on stdin and answers with one on stdout: its number, then `ok` with the frames that came, in
hexadecimal (`-` for an empty one), or `error` with the name of the errno. run.py writes and reads these lines.
"""

import contextlib
import errno
import sys

import {module} as zmq
{imports}

@contextlib.contextmanager
def step(number):
    """Waits until it is this step's turn, then tells how it went. What the step appends to the list is its answer."""
    if not sys.stdin.readline():
        sys.exit()
    answer = came[number] = []
    try:
        yield answer
        said = ["ok", *((one.hex() or "-") if isinstance(one, bytes) else str(one) for one in answer)]
    except zmq.ZMQError as error:
        said = ["error", name_of(error)]
    except (ValueError, OverflowError):  # an argument that the binding does not pass on
        said = ["error", "EINVAL"]
{payload}    print(number, *said, flush=True)


def name_of(error):
    """The name of the errno."""
    if isinstance(error, zmq.Again):
        return "EAGAIN"
    own = {{getattr(zmq, name): name for name in ("EFSM", "ETERM", "ENOCOMPATPROTO", "EMTHREAD") if hasattr(zmq, name)}}
    return own.get(error.errno) or errno.errorcode.get(error.errno, str(error.errno))


came = {{}}  # the answers of earlier steps
ENDPOINT = sys.argv  # from 1: where to bind and connect
context = zmq.Context()
print("0 ok", flush=True)
'''

_MESSAGES = '''
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

POOL = descriptor_pool.DescriptorPool()
for file in descriptor_pb2.FileDescriptorSet.FromString(Path(__file__).with_name("messages.binpb").read_bytes()).file:
    POOL.Add(file)


def encoded(name, data):
    """What the library writes when it encodes the message that it decodes from these bytes."""
    message = message_factory.GetMessageClass(POOL.FindMessageTypeByName(name)).FromString(data)
    return message.SerializeToString(deterministic=True)

'''
_PAYLOAD = """\
    except DecodeError:
        said = ["error", "PAYLOAD"]
"""


def write(part: Part, recording: Recording) -> Program:
    """The program of a role, and how it is installed: in a virtual environment of its own, with exact versions."""
    library = "pyomq" if "pyomq" in part.libraries else "pyzmq"
    steps = parts.of_role(recording, part.role)
    typed = bool(parts.frame_types(steps))
    head = _HEAD.format(
        role=part.role,
        cell=recording.cell,
        library=library,
        version=part.version(library),
        module="zmq" if library == "pyzmq" else library,
        imports=_MESSAGES if typed else "",
        payload=_PAYLOAD if typed else "",
    )
    names = parts.names(steps)
    ids = parts.routing_ids(steps)
    body = "".join(
        f"\n# {step.number}: {parts.told(step)}\nwith step({step.number}){_answer(step)}:\n"
        + "".join(f"    {line}\n" for line in _lines(step, names.get(step.socket, "socket"), library, ids))
        for step in steps
    )
    end = f"\nfor socket in [{', '.join(names.values())}]:\n    socket.close(linger=0)\n"
    pins = [library, *(["protobuf"] if typed else [])]
    venv = f"build/{part.role}"
    return Program(
        files={
            f"{part.role}.py": head + body + "\nsys.stdin.readline()\n" + (end if names else ""),
            f"{part.role}.requirements.txt": "".join(f"{name}=={part.version(name)}\n" for name in pins),
        },
        build=(
            f'[ -x {venv}/bin/python ] || "${{PYTHON:-python3}}" -m venv {venv}',
            f"{venv}/bin/python -m pip install -q --disable-pip-version-check -r {part.role}.requirements.txt",
        ),
        command=(f"{venv}/bin/python", f"{part.role}.py"),
    )


def _answer(step: Step) -> str:
    return " as answer" if step.name in ("receive", "get_option") else ""


def _lines(step: Step, socket: str, library: str, ids: dict[int, int]) -> list[str]:
    match step.name:
        case "open":
            settings = [_set(socket, name, value, library) for name, value in step.options]
            return [f"{socket} = context.socket(zmq.{step.type})", f"{socket}.set(zmq.LINGER, 0)", *settings]
        case "close":
            return [f"{socket}.close()"]
        case "set_option":
            return [_set(socket, *step.options[0], library)]
        case "get_option":
            return [f"answer.append({socket}.get(zmq.{step.options[0][0]}))"]
        case "send":
            frames = ", ".join(_frame(frame, ids) for frame in step.frames)
            return [
                f"{socket}.set(zmq.SNDTIMEO, {parts.patience(step)})",
                f"{socket}.send_multipart([{frames}])",
            ]
        case "receive":
            wait = f"{socket}.set(zmq.RCVTIMEO, {parts.patience(step)})"
            if not any(step.types):
                return [wait, f"answer += {socket}.recv_multipart()"]
            return [
                wait,
                f"names = [*{list(step.types)!r}, *[''] * 100]",
                f"for frame, name in zip({socket}.recv_multipart(), names):",
                "    answer.append(encoded(name, frame) if name else frame)",
            ]
        case name:
            return [f"{socket}.{name}(ENDPOINT[{step.endpoint + 1}])"]


def _set(socket: str, name: str, value: OptionValue, library: str) -> str:
    if library == "pyomq" and name in _KEYS and isinstance(value, bytes):
        return f"{socket}.set(zmq.{name}, {z85(value)!r})"
    return f"{socket}.set(zmq.{name}, {value!r})"


def z85(key: bytes) -> bytes:
    """A key as text (ZeroMQ RFC 32/Z85), which is how pyomq takes it. key: a multiple of 4 bytes."""
    digits = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
    words = (int.from_bytes(key[at : at + 4], "big") for at in range(0, len(key), 4))
    return bytes(digits[word // 85**place % 85] for word in words for place in (4, 3, 2, 1, 0))


def _frame(frame: Frame, ids: dict[int, int]) -> str:
    if frame.id:
        return f"came[{ids[frame.id]}][0]"
    return f"encoded({frame.type!r}, {frame.data!r})" if frame.type else repr(frame.data)
