"""tools/with-docker says no where a single one of its packet filter rules cannot be made."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from zmq_interop.system.paths import ROOT

RULES = re.search(r"^rules\(\).*?^}", (ROOT / "tools" / "with-docker").read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(("refused", "said"), [("nothing", "yes"), ("MASQUERADE", "no"), ("-s", "no"), ("-d", "no")])
def test_every_rule_counts(refused: str, said: str, tmp_path: Path) -> None:
    assert RULES
    (tmp_path / "net").write_text("10.213")
    program = f"""
        set -euo pipefail
        run={tmp_path} bridge=interop-test
        iptables() {{ [[ " $* " != *" {refused} "* ]]; }}
        {RULES[0]}
        rules -A && echo yes || echo no
    """
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == said
