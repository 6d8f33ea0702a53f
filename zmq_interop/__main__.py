"""`python -m zmq_interop`: what `./interop` hands over to."""

import os
import sys
from pathlib import Path


def run() -> None:
    """Runs the command line, whose messages quote the command as it was typed."""
    # Bytecode of a checkout stays beside its sources, whatever the user wants for programs of their own: without it,
    # each command spends half of its time on compiling the harness.
    sys.dont_write_bytecode = False
    try:
        from zmq_interop.system import home

        # Before the modules that quote it are imported. `./interop` hands its name over as `-X interop=NAME`; the
        # program of an installed package is the first argument, and `python -m zmq_interop` is neither.
        program = sys.argv[0] if Path(sys.argv[0]).name == "interop" else ""
        typed = str(sys._xoptions.get("interop", program))
        home.COMMAND, home.WITH_ENGINE = home.typed(typed, Path.cwd(), os.environ)

        from zmq_interop.cli.main import main

        main()
    except KeyboardInterrupt:  # before or after `main` sees to it
        sys.exit("interop: interrupted")


if __name__ == "__main__":
    run()
