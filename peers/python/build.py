"""Compiles the .proto files for the agent: gen/protos.binpb, gen/refused.json and gen/proto_digest.txt.

The generated code is protobuf's descriptor set and not one _pb2 module a file, although those are what protobuf itself
makes message classes from: a module in a folder `types` or `hello` would collide with Python's or the agent's own
modules of that name, and a module made by another protoc than the library's may refuse to load.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool

HERE = Path(__file__).absolute().parent  # not resolved: other Python peers have links to this file


def main() -> None:
    fresh = HERE / "build" / "gen"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    refused = compile_sound(os.environ["INTEROP_PROTOS"].split(), fresh / "protos.binpb")
    sys.stderr.writelines(f"{file} is left out: {reason}\n" for file, reason in refused.items())
    (fresh / "refused.json").write_text(json.dumps(refused))
    (fresh / "proto_digest.txt").write_text(os.environ["INTEROP_PROTO_DIGEST"])
    # The agent never sees half of a build: when this is interrupted there is no gen/, and the next build makes it.
    shutil.rmtree(HERE / "gen", ignore_errors=True)
    fresh.rename(HERE / "gen")


def compile_sound(protos: list[str], target: Path) -> dict[str, str]:
    """Compiles all protos, but for those of a user that cannot be; returns these, each with what was said of it."""
    refused: dict[str, str] = {}
    if not complaint(protos, target):
        return refused
    sound = [proto for proto in protos if proto.startswith("interop/")]
    if said := complaint(sound, target):
        sys.exit(said)
    for proto in protos:
        if proto not in sound:
            # Beside those before it, since two files that are sound by themselves may have the same type.
            if said := complaint([*sound, proto], target):
                refused[proto] = said.splitlines()[0]
            else:
                sound.append(proto)
    complaint(sound, target)
    return refused


def complaint(protos: list[str], target: Path) -> str:
    """Compiles these protos, and all that they import; returns what is wrong with them, or nothing."""
    options = [f"-I{os.environ['INTEROP_PROTO_DIR']}", "--include_imports", f"--descriptor_set_out={target}"]
    protoc = [*os.environ["INTEROP_PROTOC"].split(), *options, *protos]
    run = subprocess.run(protoc, capture_output=True, text=True, errors="replace")
    if run.returncode:
        return run.stderr.strip() or f"protoc exited with {run.returncode}"
    pool = descriptor_pool.DescriptorPool()
    try:
        for file in descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes()).file:
            pool.AddSerializedFile(file.SerializeToString())
    except TypeError as error:  # it is older than protoc, and does not know all of what protoc does
        return str(error)
    return ""


if __name__ == "__main__":
    main()
