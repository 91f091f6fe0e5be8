"""Runs in Weights & Biases: really, offline; and against a stand-in for what only a server answers."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import wandb

from run_documents import write_run
from zoo_common.errors import ZooError
from zoo_common.loggers.entry import entry_of
from zoo_common.loggers.to_wandb import WandbLogger
from zoo_common.runs.facts import load_facts


def log_offline(tmp_path, run):
    folders = {"WANDB_{}_DIR".format(name): str(tmp_path / "home") for name in ("CACHE", "CONFIG", "DATA")}
    env = dict(os.environ, WANDB_MODE="offline", WANDB_DIR=str(tmp_path), WANDB_ERROR_REPORTING="false", **folders)
    command = [sys.executable, "-m", "zoo_common.cli.main", "log", str(run), "--to", "wandb", "--experiment", "pose"]
    done = subprocess.run(command, env=env, cwd=str(tmp_path), timeout=120, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().rsplit(": ", 1)[1]


def test_offline_run_is_written_under_the_identity(tmp_path):
    run = write_run(tmp_path / "run")
    entry = entry_of(load_facts(run))
    assert log_offline(tmp_path, run) == "logged"
    (folder,) = (tmp_path / "wandb").glob("offline-run-*-" + entry.identity[:32])
    content = next(folder.glob("*.wandb")).read_bytes()
    for written in (
        "pose int8",
        "network.weights.bits",
        "zoo.fingerprint",
        "latency_p90_ms",
        "synthetic",
        entry.content,
    ):
        assert written.encode() in content
    assert log_offline(tmp_path, run) == "updated"


class Server:
    """What of wandb the logger uses, with a server that remembers."""

    Settings = SimpleNamespace
    errors = wandb.errors

    def __init__(self):
        self.runs, self.calls = {}, []

    def init(self, **asked):
        self.calls.append(asked)
        known = asked["id"] in self.runs
        return self.runs.setdefault(asked["id"], Run()).opened(known)

    def Artifact(self, name, kind):  # noqa: N802
        return SimpleNamespace(name=name, type=kind, files=[], add_file=lambda path: None)


class Run:
    offline = False

    def __init__(self):
        self.config, self.summary, self.artifacts = Config(), {}, []

    def opened(self, known):
        self.resumed = known
        return self

    def log_artifact(self, artifact):
        self.artifacts.append(artifact.name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Config(dict):
    def update(self, values, allow_val_change):
        assert allow_val_change
        super().update(values)


@pytest.fixture
def server(monkeypatch):
    found = Server()
    monkeypatch.setitem(sys.modules, "wandb", found)
    return found


def test_online_the_same_run_is_not_doubled(tmp_path, server):
    run = write_run(tmp_path)
    logger = WandbLogger("pose")
    assert [logger.log(entry_of(load_facts(run))) for _ in range(2)] == ["logged", "unchanged"]
    (run / "fidelity.json").unlink()
    assert logger.log(entry_of(load_facts(run))) == "updated"
    (found,) = server.runs.values()
    assert found.summary["AP"] == 0.5 and found.config["precision"] == "int8"
    assert found.artifacts == ["pose-int8"] * 2
    assert server.calls[0]["project"] == "pose" and server.calls[0]["resume"] == "allow"
    assert server.calls[0]["tags"] == ["executed", "FAILED", "synthetic"]


def test_a_refusal_is_one_line(tmp_path, server, monkeypatch):
    def refuse(**_):
        raise wandb.errors.UsageError("No API key configured.\nmore")

    monkeypatch.setattr(server, "init", refuse)
    with pytest.raises(ZooError, match=r"^W&B: No API key configured\.$"):
        WandbLogger("pose").log(entry_of(load_facts(write_run(tmp_path))))
