"""What the socket library says of itself."""

import zmq


def versions() -> dict[str, str]:
    return {"libzmq": zmq.zmq_version(), "pyzmq": zmq.pyzmq_version()}


def transports() -> list[str]:
    # zmq_has() knows only what a build can be without; tcp and inproc are in every one, and epgm in those with pgm.
    return ["tcp", "inproc", *filter(zmq.has, ["ipc", "pgm"]), *(["epgm"] if zmq.has("pgm") else [])]


def mechanisms() -> list[str]:
    return ["NULL", "PLAIN", *(["CURVE"] if zmq.has("curve") else [])]
