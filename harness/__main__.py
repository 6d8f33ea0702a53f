"""`python -m harness`: what `./interop` hands over to."""

import sys

try:
    from harness.cli import main

    main()
except KeyboardInterrupt:  # before or after `main` sees to it
    sys.exit("interop: interrupted")
