"""The peers in examples/peers: their manifests and ledgers are read without complaint."""

from __future__ import annotations

from pathlib import Path

import pytest

from zmq_interop.agents import outside
from zmq_interop.agents.outside import Outside
from zmq_interop.peers import manifest
from zmq_interop.results.ledger import reading
from zmq_interop.system.paths import ROOT

FOLDERS = sorted(path.parent for path in ROOT.glob("examples/peers/*/peer.toml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_its_manifest_is_that_of_a_peer_outside_the_tree(folder: Path) -> None:
    peers = outside.join(manifest.discover(), [Outside(folder=folder)])
    assert peers[folder.name].require().libraries is not None
    assert peers[folder.name].folder == folder


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_entry_of_its_ledger_leads_to_a_finding(folder: Path) -> None:
    text = (folder / "findings.md").read_text()
    anchors = {
        "".join(letter for letter in line[3:].lower().replace(" ", "-") if letter.isalnum() or letter in "-_")
        for line in text.splitlines()
        if line.startswith("## ")
    }
    here = f"{folder.relative_to(ROOT)}/findings.md#"
    entries = reading.read(folder / "known-failures.toml").entries
    assert entries
    told = [entry.url.removeprefix(here) for entry in entries if entry.url.startswith(here)]
    assert [anchor for anchor in told if anchor not in anchors] == []


def test_there_are_such_peers() -> None:
    assert [folder.name for folder in FOLDERS] == ["java", "rust"]
