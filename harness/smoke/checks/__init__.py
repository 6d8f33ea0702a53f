"""All checks, in the order of docs/peer-contract.md: a file a section, or a part of one."""

# isort: off
from harness.smoke.checks import channel as channel
from harness.smoke.checks import endings as endings
from harness.smoke.checks import lanes as lanes
from harness.smoke.checks import operations as operations
from harness.smoke.checks import limits as limits
from harness.smoke.checks import errors as errors
from harness.smoke.checks import monitor as monitor
from harness.smoke.checks import typed as typed
from harness.smoke.checks import options as options
from harness.smoke.checks import abilities as abilities
from harness.smoke.checks import manifest as manifest
# isort: on
