"""`interop bench brokers`: counting lines, losses and packages; ratios, tables and plots; which systems are chosen."""

from __future__ import annotations

import asyncio
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import msgspec
import pytest

from benchmarks.brokers import command, debian, lines, losses, page, plots, table, turns
from benchmarks.brokers.ends import Pair, Tools
from benchmarks.brokers.results import Lines, Loss, Report, Result, Samples, Speed
from benchmarks.brokers.servers import dbus, kafka, nats, rabbitmq, redis
from benchmarks.brokers.servers.server import Brought, Site
from benchmarks.brokers.systems import SYSTEMS
from zmq_interop.system import workspace
from zmq_interop.system.errors import UsageError


def result(title: str = "NATS", setting: str = "quickest", scale: float = 1.0) -> Result:
    speeds = tuple(
        Speed(size, Samples((scale * 900, scale * 1000, scale * 1200), (0.4, 0.5, 0.6)), 3000, lost)
        for size, lost in ((64, 0), (1024, 12), (65536, 0))
    )
    return Result(
        system=title.lower(),
        title=title,
        setting=setting,
        what="publish",
        versions={"nats-py": "2.0"},
        server="NATS server 2.12",
        lines=Lines(40, 3),
        p50=Samples((scale * 100, scale * 120, scale * 110), (2.0, 2.5, 2.25)),
        p99=Samples((scale * 300, scale * 310, scale * 320), (3.0, 3.0, 3.0)),
        speeds=speeds,
        server_memory=12.34,
        client_memory=56.0,
        receiver_killed=Loss(2000, 5, 0),
        broker_killed=Loss(reason="it did not start again"),
    )


def report(*results: Result) -> Report:
    return Report(machine="2 cores", quick=False, repeats=3, results=results, left_out={"kafka": "there is no Java"})


def test_lines_of_code_are_those_that_have_code() -> None:
    code = [
        "import a",
        "",
        "def f(",
        "    x,",
        "):",
        '    """Doc',
        '    more."""',
        '    return """',
        'x"""  # two lines',
    ]
    source = "\n".join(['"""Doc."""', "# comment", *code, ""])
    assert lines.of_code(source) == 6  # import, three of the def, two of the return


def test_lines_of_configuration_count_what_must_be_written_and_run() -> None:
    assert lines.of_configuration(["a=1\n\n# comment\nb=2\n", "<x/>\n"], commands=2) == 5


def test_losses_are_counted_by_numbers() -> None:
    def log(*numbers: int) -> bytes:
        return b"".join(number.to_bytes(4, "little") for number in numbers)

    assert losses.loss(6, [log(1, 2, 3) + b"\x04\x00", log(3, 5)]) == Loss(sent=6, lost=2, twice=1)
    assert losses.loss(2, [log(2, 1)]) == Loss(sent=2)


def test_packages_are_read_from_what_apt_would_do() -> None:
    said = "Reading...\nInst libjemalloc2 (5.3 Debian:12)\nInst openssl [3.0.1] (3.0.2 x)\nConf libjemalloc2 (5.3)\n"
    assert debian.needed(said) == ["libjemalloc2", "openssl"]


def test_counts_are_in_hundreds_and_within_bounds() -> None:
    assert turns.count_for(12_345, 1.0, 64) == 12_300
    assert turns.count_for(3, 1.0, 64) == turns.LEAST
    assert turns.count_for(1e9, 1.0, 64) == turns.MOST
    assert turns.count_for(1e9, 1.0, 65536) * 65536 <= turns.MOST_BYTES


@pytest.mark.parametrize(
    ("latency", "rate", "size", "expected"),
    [(0.0, 10_000, 64, 12_800), (0.5, 10_000, 64, 3_200), (0.0, 20, 64, turns.LEAST), (0.0, 1e9, 65536, 2_000)],
)
def test_as_many_messages_as_outweigh_the_first_ones_latency(
    latency: float, rate: float, size: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def speed(_: Pair, count: int, __: int) -> turns.Turn:
        return turns.Turn(count / (latency + count / rate), count, 0)

    monkeypatch.setattr(turns, "speed", speed)
    pair = Pair(SYSTEMS[0], SYSTEMS[0].settings[0], {}, Tools(Path(), Path()), Path())
    assert asyncio.run(turns.enough(pair, 1.0, size)) == expected


def test_the_table_has_medians_spreads_and_ratios() -> None:
    head, row = table.speeds(report(result()))
    assert dict(zip(head[:5], row[:5], strict=True)) == {
        "system": "NATS",
        "setting": "quickest",
        "p50 us": "110 (100..120)",
        "p99 us": "310 (300..320)",
        "x p50": "2.25",
    }
    assert row[5:] == ("1,000 (900..1,200)", "0.5") * 3
    assert table.costs(report(result()))[1][2:] == (
        "12.3",
        "56.0",
        "40 + 3",
        "5 lost, 0 twice",
        "not told: it did not start again",
        "12 of 3,000 (1 KiB)",
    )


def test_nothing_is_missing_silently() -> None:
    failed = msgspec.structs.replace(result("Redis"), reason="it does not start")
    again = msgspec.structs.replace(result("gRPC"), again=2)
    text = "\n".join(table.lines(report(result(), failed, again)))
    assert "gRPC, quickest: 2 errors, and sent again" in text
    assert "kafka: left out: there is no Java" in text
    assert "Redis, quickest: not measured: it does not start" in text
    assert "publish (NATS server 2.12, nats-py 2.0)" in text
    assert "median and spread of 3" in text


def test_a_table_without_a_row_is_one() -> None:
    assert table.speeds(report())[1:] == []
    assert "left out" in "\n".join(table.lines(report()))
    assert plots.render(report()) == {}


def test_markdown_has_as_many_fields_in_each_row() -> None:
    rows = table.markdown(table.costs(report(result(), result("Redis"))))
    assert len({row.count("|") for row in rows}) == 1
    assert len(rows) == 4


@pytest.mark.parametrize(
    ("values", "expected"), [([5, 50], (0, 2)), ([10, 10], (1, 2)), ([0.2], (-1, 0)), ([1, 1000], (0, 3))]
)
def test_decades_enclose_all_values(values: list[float], expected: tuple[int, int]) -> None:
    assert plots.decades(values) == expected


def test_plots_are_svg_with_bars_that_grow_with_the_figures() -> None:
    drawn = plots.render(report(result(), result("A & B", "durable", scale=10)))
    assert sorted(drawn) == [
        f"brokers-{name}.svg" for name in ("latency", "memory", "speed-1k", "speed-64", "speed-64k")
    ]
    for text in drawn.values():
        root = ElementTree.fromstring(text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "A & B, durable" in [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        assert "prefers-color-scheme: dark" in text
    widths = [
        float(width)
        for width in re.findall(r'<rect class="\w+" x="200" y="\d+" width="([\d.]+)"', drawn["brokers-latency.svg"])
    ]
    assert len(widths) == 2
    assert widths[0] < widths[1]


def test_the_reference_is_always_measured() -> None:
    assert [system.name for system in command.choose(["redis"])] == ["zeromq-tcp", "redis"]
    assert [system.name for system in command.choose([])] == [system.name for system in SYSTEMS]
    with pytest.raises(UsageError, match="no such system") as raised:
        command.choose(["redpanda"])
    assert "rabbitmq" in raised.value.hint


@pytest.mark.parametrize("option", ["json", "plots"])
def test_a_file_that_cannot_be_written_is_told_before_anything_is_measured(option: str, tmp_path: Path) -> None:
    wish = msgspec.structs.replace(command.Wish(), **{option: tmp_path / "none/file"})
    with pytest.raises(UsageError, match="there is no folder"):
        command.main(wish, workspace.at(tmp_path))


def test_each_system_has_a_quickest_setting_and_one_that_confirms() -> None:
    for system in SYSTEMS:
        assert [setting.safe for setting in system.settings] == [False, True], system.name
        assert system.settings[0].name == "quickest"


def test_a_server_keeps_to_its_folder_and_to_this_machine(tmp_path: Path) -> None:
    erlang = tmp_path / "root/usr/lib/erlang/bin/erl"
    erlang.parent.mkdir(parents=True)
    erlang.write_text("ROOTDIR=/usr/lib/erlang\n")
    rabbit = tmp_path / "root/usr/lib/rabbitmq/lib/rabbitmq_server-3"
    ports = iter(range(20_000, 21_000))
    for module, home in ((dbus, "/usr/bin/d"), (kafka, "/k"), (nats, "/n"), (rabbitmq, rabbit), (redis, "/usr/bin/r")):
        texts = []
        for safe in (False, True):
            site = Site(tmp_path / "disk", tmp_path / "sockets", lambda: next(ports), safe)
            server = module.plan(Brought("1", Path(home)), site)
            assert all(path.is_relative_to(site.disk) for path in server.files)
            where = [program.endpoint for program in server.programs if program.endpoint]
            assert where
            assert all(one.startswith(("tcp://127.0.0.1:", f"ipc://{site.sockets}/")) for one in where)
            assert all("0.0.0.0" not in text for text in server.files.values())
            texts.append(re.sub(r"2\d{4}", "PORT", "".join(server.files.values())))
        differs = texts[0] != texts[1]
        assert differs == (module in (kafka, nats, redis)), module.__name__  # the others are told by their clients
    written = rabbitmq.plan(Brought("1", rabbit), site).files
    assert [text for path, text in written.items() if path.name == "erl"] == [
        f"ROOTDIR={tmp_path}/root/usr/lib/erlang\n"
    ]


def test_the_page_and_its_plots_are_what_its_figures_say() -> None:
    """tools/brokers writes them."""
    whole = page.load()
    text = page.PAGE.read_text()
    assert page.filled(text, whole) == text
    for name, plot in plots.render(whole).items():
        assert (page.PAGE.parent / name).read_text() == plot
        assert f"({name})" in text
    assert not whole.quick
    assert {result.system for result in whole.results} | set(whole.left_out) == {system.name for system in SYSTEMS}


def test_what_is_written_is_read_again() -> None:
    whole = report(result(), result("Redis", "durable"))
    assert msgspec.json.decode(msgspec.json.encode(whole), type=Report) == whole
