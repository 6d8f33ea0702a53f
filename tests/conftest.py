"""What all tests share."""

from harness import protos

# Tests import the generated protos by name, as the harness does.
protos.generate(protos.scan())
