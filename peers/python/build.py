"""Compiles the .proto files for the agent: gen/protos.binpb and gen/proto_digest.txt.

The generated code is protobuf's descriptor set and not one _pb2 module a file, although those are what protobuf itself
makes message classes from: a module in a folder `types` or `hello` would collide with Python's or the agent's own
modules of that name, and a module made by another protoc than the library's may refuse to load.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).absolute().parent  # not resolved: other Python peers have links to this file


def main() -> None:
    protos = os.environ["INTEROP_PROTO_DIR"]
    fresh = HERE / "build" / "gen"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    protoc = [
        *os.environ["INTEROP_PROTOC"].split(),
        f"-I{protos}",
        "--include_imports",
        f"--descriptor_set_out={fresh / 'protos.binpb'}",
        *os.environ["INTEROP_PROTOS"].split(),
    ]
    run = subprocess.run(protoc, capture_output=True, text=True)
    sys.stderr.write(run.stdout + run.stderr)
    if run.returncode:
        sys.exit(f"protoc exited with {run.returncode}: see what it says of the files in {protos} above")
    if "warning" in run.stderr:
        sys.exit(f"protoc warns about files in {protos}: see above; warnings are errors here")
    (fresh / "proto_digest.txt").write_text(os.environ["INTEROP_PROTO_DIGEST"])
    # The agent never sees half of a build: when this is interrupted there is no gen/, and the next build makes it.
    shutil.rmtree(HERE / "gen", ignore_errors=True)
    fresh.rename(HERE / "gen")


if __name__ == "__main__":
    main()
