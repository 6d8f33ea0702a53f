"""`python -m zmq_interop`: what `./interop` hands over to."""

import os
import sys
from pathlib import Path


def run() -> None:
    """Runs the command line, whose messages quote the command as it was typed."""
    try:
        from zmq_interop.system import home

        # `./interop` hands over its own name as `-X interop=NAME`. Before the modules that quote it are imported.
        typed = str(sys._xoptions.get("interop", sys.argv[0]))
        home.COMMAND, home.WITH_ENGINE = home.typed(typed, Path.cwd(), os.environ)

        from zmq_interop.cli.main import main

        main()
    except KeyboardInterrupt:  # before or after `main` sees to it
        sys.exit("interop: interrupted")


if __name__ == "__main__":
    run()
