"""`rle-train` as processes: killed and started again, alone and as two workers."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml

from zoo_common.errors import ZooError
from zoo_common.locks import held
from zoo_tf2_rle.cli import train as cli
from zoo_tf2_rle.training.workers import Workers, workers_of_environment

CONFIG = {
    "DATASET": {"COMMON": {"INPUT_SHAPE": [64, 48, 3]}},
    "MODEL": {"BACKBONE": "light_residual"},
    "TRAIN": {"BATCH_SIZE": 4},
    "EVAL": {"DO_EVAL": False},
    "OPTIONS": {"FLOW": False, "SAVE_EVERY": 3},
}
ENOUGH = 100_000
"""Steps that nobody waits for."""
DEADLINE = 600
"""Seconds for what takes ten on a quiet machine."""
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


@pytest.fixture
def arguments(tree, tmp_path):
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(CONFIG))

    def call(name, steps):
        options = ["-c", tmp_path / "c.yaml", "--data", tree, "--out", tmp_path / name, "--steps", steps]
        return [str(option) for option in [*options, "--threads", 1, "--no-progress"]]

    return call


@pytest.fixture
def start(arguments):
    """Start `rle-train`, as a worker where its index and all hosts are given; all end with the test."""
    started = []

    def call(name, steps, index=None, hosts=()):
        cluster = {"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}}
        variables = dict(os.environ, **ONE_THREAD, **({} if index is None else {"TF_CONFIG": json.dumps(cluster)}))
        variables.pop("TF_CPP_MIN_LOG_LEVEL")  # of this process
        command = [sys.executable, "-m", "zoo_tf2_rle.cli.train", *arguments(name, steps)]
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, env=variables, **pipes))
        return started[-1]

    yield call
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def train_here(arguments):
    """Run `rle-train` in this process; returns the losses."""

    def call(name, steps):
        with pytest.raises(SystemExit) as stop:
            cli.main(arguments(name, steps))
        assert stop.value.code == 0

    return call


def losses_of(folder):
    with contextlib.suppress(FileNotFoundError):
        return [json.loads(line)["loss"] for line in (folder / "checkpoints" / "losses.jsonl").read_text().splitlines()]
    return []


def kill_after_a_checkpoint(folder, processes, victim):
    limit = time.monotonic() + DEADLINE
    while not (folder / "checkpoints" / "checkpoint").exists():
        assert time.monotonic() < limit and all(process.poll() is None for process in processes)
        time.sleep(0.05)
    victim.send_signal(signal.SIGKILL)
    assert victim.wait(DEADLINE) == -signal.SIGKILL


def test_killed_it_goes_on_to_the_same_losses(start, train_here, tmp_path):
    process = start("killed", ENOUGH)
    kill_after_a_checkpoint(tmp_path / "killed", [process], process)
    done = len(losses_of(tmp_path / "killed"))
    assert done >= 3
    for name in ("killed", "whole"):
        train_here(name, done + 4)
    files = [tmp_path / name / "checkpoints" / "losses.jsonl" for name in ("killed", "whole")]
    assert files[0].read_bytes() == files[1].read_bytes() and len(losses_of(tmp_path / "whole")) == done + 4
    assert (tmp_path / "killed/last.h5").read_bytes() == (tmp_path / "whole/last.h5").read_bytes()


def test_another_process_in_the_folder_is_told(arguments, tmp_path, capsys):
    lock = tmp_path / "held" / ".lock"
    with held(lock, ""), pytest.raises(SystemExit) as stop:
        cli.main(arguments("held", 3))
    assert stop.value.code == 2 and "another process is training here" in capsys.readouterr().err
    assert not lock.exists() and losses_of(tmp_path / "held") == []


def free_hosts():
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(2)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return ["127.0.0.1:{}".format(one.getsockname()[1]) for one in sockets]


def test_two_workers_train_like_one_and_go_on_after_a_loss(start, train_here, tmp_path):
    hosts = free_hosts()
    chief, other = (start("both", ENOUGH, index, hosts) for index in range(2))
    kill_after_a_checkpoint(tmp_path / "both", [chief, other], other)
    train_here("alone", 6)
    said = chief.communicate(timeout=DEADLINE)[1].strip()
    assert chief.returncode == 2
    assert said.startswith("rle-train: error: another worker is gone (") and "\n" not in said
    assert said.endswith("start all 2 again: they go on from the last checkpoint in {}".format(tmp_path / "both"))
    steps = max(6, len(losses_of(tmp_path / "both")) + 1)
    hosts = free_hosts()
    for process in [start("both", steps, index, hosts) for index in range(2)]:
        assert process.communicate(timeout=DEADLINE)[1] == "" and process.returncode == 0
    found, alone = losses_of(tmp_path / "both"), losses_of(tmp_path / "alone")
    assert len(found) == steps
    np.testing.assert_allclose(found[:6], alone, rtol=1e-3)
    assert (tmp_path / "both" / "last.h5").exists() and not list((tmp_path / "both").rglob("worker-*"))


TWO = {"worker": ["a:1", "b:2"]}


def environment(index, kind="worker", **cluster):
    return json.dumps({"cluster": {**TWO, **cluster}, "task": {"type": kind, "index": index}})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "TF_CONFIG: not {cluster: {worker: [...]}, task: {type, index}} ("),
        ("[]", "TF_CONFIG: not {cluster"),
        (json.dumps({"cluster": TWO}), "TF_CONFIG: not {cluster"),
        (environment("x"), "TF_CONFIG: not {cluster"),
        (environment(0, ps=["c:3"]), "TF_CONFIG: takes workers alone"),
        (environment(0, kind="evaluator"), "TF_CONFIG: takes workers alone"),
        (environment(2), "TF_CONFIG: task.index: 2 is none of 2 workers"),
        (environment(0, worker="a:1"), "TF_CONFIG: task.index: 0 is none of"),
    ],
)
def test_faults_of_tf_config(content, message, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", content)
    with pytest.raises(ZooError) as fault:
        workers_of_environment()
    assert message in str(fault.value) and "\n" not in str(fault.value)


def test_workers_share_a_batch_evenly(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert workers_of_environment() == Workers(0, 1) and workers_of_environment().strategy() is None
    monkeypatch.setenv("TF_CONFIG", environment(1))
    second = workers_of_environment()
    assert second == Workers(1, 2) and not second.chief and Workers(0, 2).chief
    assert [Workers(index, 2).rows(8) for index in range(2)] == [range(4), range(4, 8)]
    with pytest.raises(ZooError, match=r"TRAIN.BATCH_SIZE: 7 cannot be shared out evenly among 2 workers"):
        second.rows(7)
