"""The faults: each a function of workbench, place and random numbers that returns an `Outcome`."""

from torture.faults.clock import clock
from torture.faults.full import full, refused
from torture.faults.kill import kill
from torture.faults.read_only import read_only_data, read_only_output
from torture.faults.slow import slow
from torture.faults.stop import stop
from torture.faults.two import two

FAULTS = {
    "kill": kill,
    "full": full,
    "refused": refused,
    "two": two,
    "stop": stop,
    "clock": clock,
    "read-only-data": read_only_data,
    "read-only-output": read_only_output,
    "slow": slow,
}
