from __future__ import annotations

from pathlib import Path

import pytest

from zmq_interop.core.peer import OUTSIDE
from zmq_interop.peers import join_order, manifest
from zmq_interop.system.errors import UsageError
from zmq_interop.system.paths import PEERS


def test_every_peer_of_the_tree_has_joined() -> None:
    """Or else the next one would change which of its cells are played."""
    assert set(join_order.load(PEERS)) == set(manifest.discover())


def test_who_is_not_named_comes_last(tmp_path: Path) -> None:
    for name in ("old", "new", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "peer.toml").touch()
    (tmp_path / join_order.FILE).write_text('joined = [["old"], ["new"]]')
    found = manifest.discover(root=tmp_path)
    assert [found[name].joined for name in ("old", "new", "other")] == [0, 1, 2]
    assert manifest.load(tmp_path / "other").joined == OUTSIDE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("joined = 7", "Expected `array`"),
        ("joined = [", "Invalid value"),
        ('joined = [["c"], ["c"]]', "'c' is listed twice"),
        ("joined = []\nleft = []", "unknown field `left`"),
        ("\xff", "utf-8"),
    ],
)
def test_a_file_that_cannot_be_understood(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / join_order.FILE).write_text(text, encoding="latin-1")
    with pytest.raises(UsageError, match=said) as error:
        join_order.load(tmp_path)
    assert str(tmp_path / join_order.FILE) in error.value.message
