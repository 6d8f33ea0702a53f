"""All checks, in the order of docs/peer-contract.md: one file for each section, or for a part of one."""

# isort: off
from zmq_interop.smoke.checks import channel as channel
from zmq_interop.smoke.checks import endings as endings
from zmq_interop.smoke.checks import lanes as lanes
from zmq_interop.smoke.checks import programs as programs
from zmq_interop.smoke.checks import operations as operations
from zmq_interop.smoke.checks import limits as limits
from zmq_interop.smoke.checks import errors as errors
from zmq_interop.smoke.checks import monitor as monitor
from zmq_interop.smoke.checks import typed as typed
from zmq_interop.smoke.checks import options as options
from zmq_interop.smoke.checks import abilities as abilities
from zmq_interop.smoke.checks import manifest as manifest
# isort: on
