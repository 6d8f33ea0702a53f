"""examples/refused, as its README has it typed: a team whose message one peer's compiler refuses, from red to green."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from zmq_interop.core.verdicts import Kind
from zmq_interop.results.ledger import reading
from zmq_interop.results.ledger.scope import Causes
from zmq_interop.system.errors import Exit
from zmq_interop.system.paths import ROOT


def test_the_commands_of_the_readme_get_from_red_to_green(tmp_path: Path) -> None:
    section = (ROOT / "examples/README.md").read_text().partition("## refused")[2]
    ledger = tmp_path / "known.toml"
    lines = [line.strip().replace("known.toml", str(ledger)) for line in re.findall(r"(?m)^ {4}.*", section)]
    wide = {name: value for name, value in os.environ.items() if name != "COLUMNS"}  # pytest's readline sets it
    wide["INTEROP_HOME"] = str(tmp_path / "work")  # other tests play in the checkout, and its last run may be theirs
    red, add, green = (
        subprocess.run(["bash", "-c", line], cwd=ROOT, env=wide, capture_output=True, text=True, check=False)
        for line in lines
    )
    assert red.returncode == Exit.FAILED, red.stdout + red.stderr
    assert "(uncompilable)" in red.stdout
    assert "stock/v1/level.proto:8: `optional` in proto3: field count of message stock.v1.Level" in red.stdout
    assert add.returncode == Exit.OK, add.stderr
    (entry,) = reading.read(ledger).entries
    assert entry.kinds == (Kind.UNCOMPILABLE,)
    assert isinstance(entry.scope, Causes)
    named = {values.names for cause in entry.scope.when for name, values in cause.facts.items() if name == "file"}
    assert named == {("stock/v1/level.proto",)}, "a new message of the file is covered too"
    assert green.returncode == Exit.OK, green.stdout + green.stderr
    account = re.compile(r"planned (\d+) = pass (\d+) \+ fail (\d+) \+ known (\d+)")
    before, after = account.findall(red.stdout)[-1], account.findall(green.stdout)[-1]
    assert after == (before[0], before[1], "0", before[2])
