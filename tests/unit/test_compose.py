"""compose.yaml is taken whole or refused with the key at fault, whatever is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.world import peer
from zmq_interop.agents import compose
from zmq_interop.peers import manifest
from zmq_interop.system.errors import PeerBroken, UsageError
from zmq_interop.system.paths import COMPOSE


def facts() -> dict[str, Any]:
    return {
        "networks": ["interop"],
        "volumes": ["ipc:/ipc"],
        "logging": {"driver": "none"},
        "user": "65532:65532",
        "pids_limit": 64,
        "mem_limit": "256m",
        "memswap_limit": "256m",
        "ulimits": {"core": 0},
        "stdin_open": True,
    }


def whole(**service: Any) -> dict[str, Any]:
    build = {"context": ".", "dockerfile": "peers/c/Dockerfile"}
    return {
        "services": {"c": {**facts(), "image": "interop-c:local", "build": build, **service}},
        "networks": {"interop": {"driver": "bridge"}},
        "volumes": {"ipc": {"driver": "local"}},
    }


def parse(content: Any) -> compose.Compose:
    return compose.parse(yaml.safe_dump(content).encode())


def test_ours_has_a_service_for_each_peer() -> None:
    assert sorted(compose.load().services) == sorted(manifest.discover())


def test_ours_shuts_every_agent_in() -> None:
    ours = compose.load()
    for service in [*ours.services.values(), ours.service(peer("outside"))]:
        assert service.read_only
        assert service.init
        assert service.cap_drop == ("ALL",)
        assert service.cap_add == ()
        assert service.security_opt == ("no-new-privileges:true",)
        assert service.logging.driver == "none"


def test_peer_without_service_has_the_defaults() -> None:
    outside = parse(whole() | {"x-interop": facts()}).service(peer("zig"))
    assert outside.image == "interop-zig:local"
    assert outside.build.dockerfile == "peers/zig/Dockerfile"
    assert outside.pids_limit == 64


def test_peer_without_service_and_without_defaults_is_broken() -> None:
    with pytest.raises(PeerBroken, match="no service 'zig'") as raised:
        parse(whole()).service(peer("zig"))
    assert "x-interop" in raised.value.hint


def test_x_keys_are_passed_over() -> None:
    assert parse(whole(**{"x-note": [1, {"a": None}]}) | {"x-more": "anything"}).services["c"].pids_limit == 64


@pytest.mark.parametrize(
    ("service", "named"),
    [
        ({"privileged": True}, "privileged"),
        ({"network_mode": "host"}, "network_mode"),
        ({"ports": ["80:80"]}, "ports"),
        ({"volumes": ["/:/ipc"]}, "services.c.volumes"),
        ({"volumes": ["ipc:/etc"]}, "services.c.volumes"),
        ({"volumes": ["ipc:/ipc", "ipc:/ipc"]}, "services.c.volumes"),
        ({"networks": ["host"]}, "services.c.networks"),
        ({"networks": []}, "services.c.networks"),
        ({"user": "0"}, "services.c.user"),
        ({"user": "00:0"}, "services.c.user"),
        ({"user": "root"}, "services.c.user"),
        ({"user": 65532}, r"services.c.*\$\.user"),
        ({"mem_limit": "lots"}, "services.c.mem_limit"),
        ({"mem_limit": "-1"}, "services.c.mem_limit"),
        ({"mem_limit": "0"}, "services.c.mem_limit"),
        ({"memswap_limit": "-1"}, "services.c.memswap_limit"),
        ({"ulimits": {"core": -1}}, "services.c.ulimits"),
        ({"ulimits": {"core": "none"}}, r"services.c.*\$\.ulimits"),
        ({"pids_limit": 0}, "services.c.pids_limit"),
        ({"pids_limit": "64"}, r"services.c.*\$\.pids_limit"),
        ({"pids_limit": 1 << 70}, "services.c.pids_limit"),
        ({"stdin_open": False}, "services.c.stdin_open"),
        ({"init": "yes please"}, r"services.c.*\$\.init"),
        ({"image": "debian:latest"}, "services.c.image"),
        ({"build": {"context": "..", "dockerfile": "peers/c/Dockerfile"}}, "services.c.build"),
        ({"build": {"context": ".", "dockerfile": "../Dockerfile"}}, "services.c.build"),
        ({"build": "."}, r"services.c.*\$\.build"),
        ({"logging": {"driver": "none", "options": {}}}, r"services.c.*\$\.logging"),
    ],
)
def test_refused_with_the_key_named(service: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse(whole(**service))


@pytest.mark.parametrize("key", ["services", "networks", "volumes"])
def test_top_key_missing(key: str) -> None:
    content = whole()
    del content[key]
    with pytest.raises(ValueError, match=f"`{key}` is missing"):
        parse(content)


def test_defaults_are_checked_too() -> None:
    with pytest.raises(ValueError, match=r"x-interop\.user"):
        parse(whole() | {"x-interop": facts() | {"user": "0"}})


def test_service_name_that_is_no_peer() -> None:
    content = whole()
    content["services"] = {"../c": content["services"]["c"]}
    with pytest.raises(ValueError, match=r"services\.\.\./c"):
        parse(content)


def nested_aliases(join: str) -> bytes:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{i}: &a{i} {join.format(', '.join([f'*a{i - 1}'] * 9))}" for i in range(1, 12)]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b"# nothing", "is empty"),
        (b"[]", "must be a mapping"),
        (b"just text", "must be a mapping"),
        (b"1: one", "must be a mapping"),
        (b"version: '3'", "`version` is not known"),
        (b"services: {c: 1}\nnetworks: {}\nvolumes: {}", "one network"),
        (b"services: [", "line 1: "),
        (b"a: 1\nb: 2\na: 3", "line 3: a key that is repeated"),
        (b"? [a]\n: b", "line 1: a key that is repeated or not plain text"),
        (b"&a [*a]", "an alias refers to a node that contains it"),
        (b"x-a: *nowhere", "undefined alias"),
        (b"x-a: ${HOME}", "has a variable"),
        (b"x-a: $HOME", "has a variable"),
        (b"x-a: !!python/object/apply:os.system [id]", "could not determine a constructor"),
        (b"[" * 50_000, "nested too deeply"),
        (b"a: 1\n---\nb: 2", "another document"),
        (b"\xff\xfe\xff", "truncated data"),
        (b"a: \x00", "special characters"),
        (b"a" * (compose.MAX_BYTES + 1), "bytes long"),
        (nested_aliases("[{}]"), "too large once its aliases are expanded"),
        (nested_aliases("{{<<: [{}]}}"), "too large once its aliases are expanded"),
    ],
)
def test_hostile_text(text: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        compose.parse(text)


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    with pytest.raises(UsageError, match=r"compose\.yaml: No such file"):
        compose.load(path)
    path.write_text("version: 3")
    with pytest.raises(UsageError, match=r"compose\.yaml: `version` is not known"):
        compose.load(path)


def test_ours_stays_within_what_is_read() -> None:
    assert len(COMPOSE.read_bytes()) < compose.MAX_BYTES // 10
