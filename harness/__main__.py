"""`python -m harness`: what `./interop` hands over to."""

from harness.cli import main

main()
