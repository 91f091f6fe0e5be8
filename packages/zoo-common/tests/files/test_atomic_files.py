"""Files under writing: what a death leaves is written over, what happens at once takes turns, locks keep one out."""

import os
import subprocess
import sys
import threading

import pytest

from zoo_common.errors import ZooError
from zoo_common.files import atomic_open
from zoo_common.locks import held


def test_what_a_death_has_left_is_written_over(tmp_path):
    (tmp_path / ".a.json.tmp").write_text("half of something much longer")
    with atomic_open(tmp_path / "a.json") as stream:
        stream.write("whole")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "whole")]


def test_a_block_that_fails_leaves_what_was_there(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_open(tmp_path / "a") as stream:
        stream.write("new")
        raise KeyboardInterrupt
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        with atomic_open(tmp_path / "a"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def at_once(count, job):
    threads = [threading.Thread(target=job, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_writers_of_one_file_take_turns(tmp_path):
    faults = []

    def write(number):
        for _ in range(20):
            with atomic_open(tmp_path / "a") as stream:
                for _ in range(50):
                    stream.write(str(number))
                    stream.flush()
            if len(set((tmp_path / "a").read_text())) != 1:
                faults.append(number)

    at_once(4, write)
    assert not faults and [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_lock_file_that_comes_and_goes_lets_one_in(tmp_path):
    inside, faults = [], []

    def enter(number):
        for _ in range(100):
            with held(tmp_path / ".lock", "busy", wait=True):
                inside.append(number)
                if len(inside) > 1:
                    faults.append(list(inside))
                inside.remove(number)

    at_once(6, enter)
    assert not faults and not list(tmp_path.iterdir())


def test_another_process_is_told_and_a_dead_one_does_not_block(tmp_path):
    lock = tmp_path / "folder" / ".lock"
    with held(lock, "x"), pytest.raises(ZooError, match="in use"), held(lock, "in use"):
        pass
    program = "import os, sys; from pathlib import Path; from zoo_common.locks import held\n"
    program += "with held(Path(sys.argv[1]), 'busy'): os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", program, str(lock)]).returncode == -9
    assert lock.exists()
    with held(lock, "in use"):
        pass
    assert not lock.exists()
