"""Every contract test runs against each peer of peers/*/peer.toml.

The tests of the channel run over each one that the peer claims, the others over the one that a run would take: what is
said does not depend on it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.driver import MANIFESTS, ROOT, Agent, Protos, build

CELLS = [
    (name, channel)
    for name, manifest in MANIFESTS.items()
    for channel in ("stdio", "socket")
    if channel == "stdio" or "control_socket" in manifest["claims"]["abilities"]
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell" in metafunc.fixturenames:
        assert CELLS, "no peer: there is no peers/*/peer.toml"
        cells = CELLS if metafunc.module.__name__.endswith("test_peer_channel") else list(dict(CELLS).items())
        metafunc.parametrize("cell", cells, ids=["-".join(cell) for cell in cells], scope="session")


@pytest.fixture(scope="session")
def protos(tmp_path_factory: pytest.TempPathFactory) -> Protos:
    return Protos(tmp_path_factory.mktemp("protos"))


@pytest.fixture(scope="session")
def built(protos: Protos, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Builds a peer the first time that it is asked for; a failure is an error of every test of that peer."""
    folder = tmp_path_factory.mktemp("built")
    results: dict[str, Path | RuntimeError] = {}

    def get(name: str) -> Path:
        if name not in results:
            try:
                results[name] = build(ROOT / "peers" / name, protos, folder)
            except RuntimeError as error:
                results[name] = error
        result = results[name]
        if isinstance(result, RuntimeError):
            pytest.fail(str(result), pytrace=False)
        return result

    return get


@pytest.fixture
def agent(cell: tuple[str, str], protos: Protos, built: Callable[[str], Path]) -> Iterator[Agent]:
    name, channel = cell
    agent = Agent(built(name), protos, channel)
    yield agent
    agent.stop()
