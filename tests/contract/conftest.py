"""Every contract test runs against each peer of peers/*/peer.toml, over each channel that the peer claims."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.driver import MANIFESTS, Agent, Protos, build

CELLS = [
    (name, channel)
    for name, manifest in MANIFESTS.items()
    for channel in ("stdio", "socket")
    if channel == "stdio" or "control_socket" in manifest["claims"]["abilities"]
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell" in metafunc.fixturenames:
        assert CELLS, "no peer: there is no peers/*/peer.toml"
        metafunc.parametrize("cell", CELLS, ids=["-".join(cell) for cell in CELLS], scope="session")


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
                results[name] = build(name, protos, folder)
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
    agent = Agent(name, built(name), protos, channel)
    yield agent
    agent.stop()
