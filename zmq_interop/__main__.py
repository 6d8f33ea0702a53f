"""`python -m zmq_interop`: what `./interop` hands over to."""

import sys

try:
    from zmq_interop.cli.main import main

    main()
except KeyboardInterrupt:  # before or after `main` sees to it
    sys.exit("interop: interrupted")
