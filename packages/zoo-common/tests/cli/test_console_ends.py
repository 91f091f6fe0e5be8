"""How a command ends when it is asked to, and when nobody can take what it prints."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zoo_common import console
from zoo_common.files import atomic_open


def test_sigterm_ends_in_one_line_and_tidies_up(tmp_path, capsys):
    before = signal.getsignal(signal.SIGTERM)

    def command():
        with atomic_open(tmp_path / "a"):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        return 0

    with pytest.raises(SystemExit) as stop:
        console.run("zoo", command)
    assert stop.value.code == 143
    assert capsys.readouterr().err.strip() == "zoo: terminated; the same command goes on from here"
    assert not list(tmp_path.iterdir()) and signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_output_that_finds_no_room_is_one_line():
    program = "from zoo_common import console; console.run('zoo', lambda: print('numbers') or 0)"
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr.decode().strip() == "zoo: error: standard output: No space left on device"
