"""Deaths while drawing: of a worker, of the parent, and after the last file."""

import os
import signal
import subprocess
import sys
import time

import pytest

from zoo_common.errors import ZooError
from zoo_common.synthetic import generate
from zoo_common.synthetic.workers import spread


def test_what_a_death_after_the_last_file_has_left_is_removed(tmp_path):
    generate(tmp_path, train=1, val=1, progress=False)
    whole = sorted(tmp_path.rglob("*"))
    (tmp_path / ".unfinished").mkdir()
    (tmp_path / ".unfinished" / "train2017-000000.json").write_text("{}")
    (tmp_path / ".unfinished.lock").write_text("")
    assert generate(tmp_path, train=1, val=1, progress=False).reused
    assert sorted(tmp_path.rglob("*")) == whole


def die(number):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_worker_is_one_clear_error():
    with pytest.raises(ZooError, match="a worker process was killed"):
        list(spread(die, range(4), 2))


PROGRAM = """
import os, sys, time
from zoo_common.synthetic.workers import spread
if __name__ == "__main__":
    for pid in spread({function}, range(4), 2):
        print(pid, flush=True)
        time.sleep(60)
"""


def test_workers_end_with_their_parent():
    command = [sys.executable, "-c", PROGRAM.format(function="os.getpgid")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    raise AssertionError("workers outlive their parent")
