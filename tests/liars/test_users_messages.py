"""A lie that needs a message of proto2, which only users have: a required field that is left out."""

from __future__ import annotations

from pathlib import Path

from tests.liars.play import HONEST, build_honest, carry_out, make_peer, peer_name
from tests.space import logs_in
from zmq_interop.agents.outside import Outside
from zmq_interop.core.verdicts import Kind, Verdict
from zmq_interop.run import session
from zmq_interop.run.options import Options
from zmq_interop.system.errors import Exit

OF_USERS = "omits-required"
TICKET = """syntax = "proto2";
package users;
message Ticket {
  required string id = 1;
  optional Ticket next = 2;
}
message Note { optional string text = 1; }
"""
SAMPLES = """- {type: users.Ticket, name: whole, value: {id: a, next: {id: b}}}
- {type: users.Note, name: said, value: {text: a}}
"""


def test_a_required_field_that_is_left_out_is_altered_and_ends_no_run(tmp_path: Path) -> None:
    folder = tmp_path / "messages"
    folder.mkdir()
    (folder / "ticket.proto").write_text(TICKET)
    (folder / "ticket.samples.yaml").write_text(SAMPLES)
    liar = peer_name(OF_USERS)
    options = Options(
        proto_dirs=(folder,),
        outside=(Outside(folder=make_peer(tmp_path, liar, "--lie", OF_USERS)),),
        peers=(HONEST, liar),
        patterns=("own_schemas",),
    )
    planned = session.prepare(options, logs_in(tmp_path))
    build_honest(planned.protos, tmp_path)
    results = carry_out(planned)
    assert results.ended is not None
    assert results.ended.exit_code == Exit.FAILED
    for cell in results.cells.values():
        lied = cell.values["message"] == "users.Ticket@whole" and liar in cell.roles.values()
        assert (cell.verdict, cell.kind) == ((Verdict.FAIL, Kind.ALTERED) if lied else (Verdict.PASS, None)), cell.id
        if lied:
            assert "without the required id" in cell.got
