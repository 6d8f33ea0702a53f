"""What the socket library says of itself."""

import pyomq


def versions() -> dict[str, str]:
    return {"pyomq": pyomq.pyomq_version()}


def transports() -> list[str]:
    return [
        "tcp",
        *filter(pyomq.has, ["inproc", "ipc", "pgm", "epgm"]),
    ]  # tcp is in every build; has() does not know it


def mechanisms() -> list[str]:
    return ["NULL", *(name for name in ("PLAIN", "CURVE") if pyomq.has(name.lower()))]
