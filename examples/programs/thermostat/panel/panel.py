"""The panel asks for a warm hall on a REQ socket, and shows what is published, from a SUB socket."""

import sys
from pathlib import Path

import zmq

sys.path.insert(0, str(Path(__file__).with_name("build")))
import thermostat_pb2 as pb  # made by build.sh


def main(requests: str, states: str) -> None:
    """Asks once, then shows each state."""
    context = zmq.Context()
    subscriber = context.socket(zmq.SUB)
    subscriber.subscribe(b"hall")
    subscriber.connect(states)
    server = context.socket(zmq.REQ)
    server.connect(requests)
    server.send(pb.SetTarget(room="hall", celsius=20).SerializeToString())
    accepted = pb.Accepted.FromString(server.recv())
    print(f"{accepted.room}: accepted, {pb.Mode.Name(accepted.mode)}", flush=True)
    while True:
        _topic, payload = subscriber.recv_multipart()
        state = pb.State.FromString(payload)
        print(f"{state.room}: {state.target}, {pb.Mode.Name(state.mode)}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
