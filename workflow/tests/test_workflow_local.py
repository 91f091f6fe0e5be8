import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sharded import MODEL, ROOT, contents, started


@pytest.fixture(scope="module")
def finished(workflow, tmp_path_factory):
    """The folder of a run that was killed with a shard done and others under way, and started again."""
    out = tmp_path_factory.mktemp("local")
    command = workflow.command(out, "--jobs", "2", "--shards", "3")
    with started(command, out / "printed") as process:
        while not list(out.glob("steps/predict-*")) or not list(out.glob("notes/shard*.json")):
            assert process.poll() is None, (out / "printed").read_text()
            time.sleep(0.02)
    complete = [file for file in out.glob("shards/*/*/manifest.json") if json.loads(file.read_text())["complete"]]
    assert 1 <= len(complete) < 6
    before = {file: file.stat().st_mtime_ns for file in complete}
    again = workflow.run(out, "--shards", "3")
    assert again.returncode == 0, again.stdout
    assert {file: file.stat().st_mtime_ns for file in before} == before
    return out


def test_shards_end_with_the_bytes_of_a_single_process(finished, undivided):
    for precision, files in undivided.items():
        assert contents(finished / "runs" / "{}-{}".format(MODEL, precision)) == files
    assert (finished / "report" / "index.html").exists()
    assert not list((finished / "notes").iterdir())


def test_a_finished_run_has_nothing_to_do(workflow, finished):
    again = workflow.run(finished, "--shards", "3")
    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout


def test_the_last_lines_name_shard_node_and_log_of_what_failed(workflow, tmp_path):
    tree = tmp_path / "coco"
    shutil.copytree(workflow.data, tree)
    sorted(tree.rglob("val2017/*.*"))[0].unlink()
    out = tmp_path / "out"
    options = ["--shards", "2", "--retries", "0", "--data", str(tree)]
    failed = workflow.run(out, *options, "steps/merge-{}-fp32".format(MODEL))
    assert failed.returncode == 1
    line, reason = failed.stdout.splitlines()[-2:]
    said, log = line.split("; log: ")
    assert said == "shard 1/2 of {} fp32 failed with exit code 2 on {}".format(MODEL, os.uname().nodename)
    assert reason.strip() in Path(log).read_text()
    assert "val2017" in reason
    # The other shard was finished meanwhile; with the image back, one shard is all that is missing.
    assert (out / "steps" / "predict-{}-fp32-2-of-2".format(MODEL)).exists()
    shutil.copytree(workflow.data, tree, dirs_exist_ok=True)
    mended = workflow.run(out, *options, "steps/merge-{}-fp32".format(MODEL))
    assert mended.returncode == 0
    assert "2 of 2 steps" in mended.stdout


def test_a_gpu_is_asked_for_where_the_model_can_use_one(workflow, tmp_path):
    asked = ["--engine", "local", "--out", str(tmp_path), "--shards", "1", "--dry-run", "--printshellcmds"]
    command = [sys.executable, str(ROOT / "workflow" / "run.py"), *asked, "--quiet", "host", "--config"]
    planned = subprocess.run([*command, "gpu=hrnet_demo", "only=hrnet_demo"], stdout=subprocess.PIPE, text=True)
    assert planned.returncode == 0
    assert planned.stdout.count("gpu=1") == planned.stdout.count("--device cuda") == 4
    refused = subprocess.run([*command, "gpu=paf_demo"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert refused.returncode == 1
    assert "paf_demo has no options for a GPU" in refused.stdout


def test_two_workflows_do_not_share_a_folder(workflow, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = workflow.run(tmp_path)
    assert refused.returncode == 2
    assert "another workflow runs there" in refused.stdout
