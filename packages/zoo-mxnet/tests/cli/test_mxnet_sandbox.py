"""An evaluation in the sandbox: the same bytes as outside, from a cache that cannot be written."""

import subprocess
import sys
from pathlib import Path

import pytest

from zoo_common.artifacts import cache_dir
from zoo_common.errors import ZooError
from zoo_common.sandbox import Limits, run, run_sandboxed


def test_an_evaluation_in_the_sandbox_equals_one_outside(tree, tmp_path, monkeypatch):
    try:
        run._bwrap()
    except ZooError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))
    (tmp_path / "lock.txt").write_text("a lock")
    monkeypatch.setenv("ZOO_LOCK", str(tmp_path / "lock.txt"))
    cache_dir().mkdir()
    runs = tmp_path / "runs"
    runs.mkdir()
    command = [sys.executable, "-m", "zoo_mxnet", "evaluate", "simple_pose_demo", "--data", str(tree), "--limit", "4"]
    command += ["--precision", "fp32", "--no-latency", "--no-progress", "--out"]
    assert run_sandboxed([*command, str(runs / "inside")], [tree], [runs], Limits(memory=6 << 30, seconds=300)) == 0
    elsewhere = Path.home() / tmp_path.name
    assert run_sandboxed([*command, str(elsewhere)], [tree], [runs], Limits(seconds=300)) == 2
    subprocess.check_call([*command, str(runs / "outside")])
    for name in ("predictions.jsonl", "results.json", "score.json", "manifest.json"):
        assert (runs / "inside" / name).read_bytes() == (runs / "outside" / name).read_bytes(), name
    assert list(cache_dir().iterdir()) == [] and not elsewhere.exists()
