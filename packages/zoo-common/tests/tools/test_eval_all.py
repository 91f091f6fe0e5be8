"""`make eval-all`: its order, what it says, and that a failing model stops no other. `tox` is a script of the test."""

import fcntl
import json
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.version_info < (3, 10), reason="the tools run on Python 3.10 and later")
TOOLS = Path(__file__).parents[4] / "tools"
FAKE_TOX = """
import json, os, sys, time
from pathlib import Path

folder = Path(__file__).parent
assert sys.argv[1:4] == ["run", "-q", "-e"] and sys.argv[5] == "--", sys.argv
name, arguments = sys.argv[4], sys.argv[6:]
with open(str(folder / "calls.jsonl"), "a") as log:
    log.write(json.dumps([name] + arguments) + "\\n")
plan = json.loads((folder / "plan.json").read_text()).get(arguments[0] if name == "zoo" else name, {})
for run, precision in plan.get("runs", {}).items():
    Path(run).mkdir(parents=True, exist_ok=True)
    (Path(run) / "manifest.json").write_text(json.dumps({"complete": True, "precision": precision}))
    (Path(run) / "score.json").write_text("{}")
    print("run: " + run, flush=True)
print(plan.get("says", "output of " + name), flush=True)
sys.stderr.write(plan.get("complains", ""))
print("stderr is a terminal: {}, {} columns".format(sys.stderr.isatty(), os.environ.get("COLUMNS")))
if plan.get("sleeps"):
    try:
        (folder / "sleeping").write_text("")
        time.sleep(60)
    except KeyboardInterrupt:
        print("interrupted, a word of ours", flush=True)
        (folder / "stopped").write_text("")
sys.exit(plan.get("code", 0))
"""
ENVIRONMENTS = ["mxnet-simple-pose", "torch-hrnet", "tf1-pose", "tf1-ssd", "tf2-rle"]


@pytest.fixture
def project(tmp_path):
    """A folder with the tool, a package with cards, and a `tox` that does what plan.json says."""
    (tmp_path / "tools").mkdir()
    for name in ("eval-all", "watched.py"):
        shutil.copy(str(TOOLS / name), str(tmp_path / "tools" / name))
    (tmp_path / "packages/zoo-x/src/zoo_x/cards").mkdir(parents=True)
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "tox.py").write_text(FAKE_TOX)
    return tmp_path


PLAN = {name: {"runs": {"runs/{}-fp32".format(name): "fp32"}} for name in ENVIRONMENTS}
PLAN["torch-hrnet"] = {"runs": {"runs/hrnet-fp32": "fp32", "runs/hrnet-w4a8": "w4a8"}}


def _heed_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def command(project, plan, *arguments):
    (project / "fake" / "plan.json").write_text(json.dumps(dict(PLAN, **plan)))
    environment = dict(os.environ, PYTHONPATH=str(project / "fake"))
    call = [sys.executable, str(project / "tools" / "eval-all"), *arguments]
    pipe = subprocess.PIPE
    return {"args": call, "env": environment, "cwd": str(project), "text": True, "stdout": pipe, "stderr": pipe}


def eval_all(project, *arguments, **plan):
    """Run it; returns exit code, stdout, stderr and the calls of tox."""
    log = project / "fake" / "calls.jsonl"
    if log.exists():
        log.unlink()
    plan = {name.replace("_", "-"): value for name, value in plan.items()}
    done = subprocess.run(**command(project, plan, *arguments), timeout=60)
    return done.returncode, done.stdout, done.stderr, [json.loads(line) for line in log.read_text().splitlines()]


def test_everything_in_order_ends_with_the_report(project):
    code, out, err, calls = eval_all(project, "--limit", "4")
    assert code == 0 and err == ""
    sensitivity = ["torch", "zoo-torch", "sensitivity", "--precision", "w4a8", "--run", "runs/hrnet-w4a8"]
    assert calls == [
        ["zoo", "data", "synth"],
        ["mxnet-simple-pose", "--precision", "fp32,int8", "--limit", "4"],
        ["torch-hrnet", "--limit", "4"],
        [*sensitivity, "--samples", "16", "--threads", "1", "--out", "build/sensitivity"],
        ["tf1-pose", "--limit", "4"],
        ["tf1-ssd", "--limit", "4"],
        ["tf2-rle", "--limit", "4"],
        ["zoo", "report", "runs/mxnet-simple-pose-fp32", "runs/hrnet-fp32", "runs/hrnet-w4a8"]
        + ["runs/{}-fp32".format(name) for name in ENVIRONMENTS[2:]]
        + ["--out", "report", "--cards", "packages/zoo-x/src/zoo_x/cards"],
    ]
    assert "[5/8] tf1-pose ... (0:0" in out and "[5/8] tf1-pose: ok in 0 s" in out
    assert "output of tf1-ssd\n" in out
    index = project / "report" / "index.html"
    assert out.endswith("report: {}\n        {}\n".format(index, index.as_uri()))


def test_runs_that_were_there_are_said_to_be_reused(project):
    eval_all(project)
    (project / "runs/hrnet-w4a8/sensitivity.json").write_text("{}")
    shutil.rmtree(str(project / "runs/tf2-rle-fp32"))
    code, out, _, calls = eval_all(project)
    assert code == 0 and "tf1-pose: reused in" in out and "tf2-rle: ok in" in out
    assert "[4/8] sensitivity: skipped, runs/hrnet-w4a8 has it" in out
    assert [call[0] for call in calls] == ["zoo"] + ENVIRONMENTS + ["zoo"]


def test_a_tree_of_the_users_is_passed_on_and_nothing_is_drawn(project):
    (project / "coco").mkdir()
    code, out, _, calls = eval_all(project, "--data", "coco", "--skip-missing")
    assert code == 0 and "[6/6] report: ok" in out
    data = ["--data", str(project / "coco")]
    assert [call[0] for call in calls] == ENVIRONMENTS + ["zoo"]
    assert calls[1] == ["torch-hrnet", *data, "--skip-missing"]
    assert calls[-1][-2:] == data


def test_a_failing_model_stops_no_other(project):
    broken = {"code": 2, "complains": "bar 50%\rbar 100%\nzoo-tf1: error: no such graph: x.pb\nand a last word\n"}
    missed = dict(PLAN["tf2-rle"], code=1, says="FAILED: AP 0.1000, not within 0.0100 of 0.9000 (the card)")
    code, out, err, calls = eval_all(project, tf1_pose=broken, tf2_rle=missed, report={"code": 2})
    assert code == 1
    assert [call[0] for call in calls] == ["zoo", *ENVIRONMENTS[:2], "torch", *ENVIRONMENTS[2:], "zoo"]
    assert "runs/tf2-rle-fp32" in calls[-1] and "runs/tf1-pose-fp32" not in calls[-1]
    assert err.startswith("bar 50%\nbar 100%\nzoo-tf1: error"), "what goes to stderr passes through"
    assert "tf1-pose: FAILED in" in out
    assert out[out.index("eval-all: ") :].splitlines()[1:] == [
        "  tf1-pose: exit code 2: zoo-tf1: error: no such graph: x.pb",
        "  tf2-rle: exit code 1: FAILED: AP 0.1000, not within 0.0100 of 0.9000 (the card)",
        "  report: exit code 2",
    ]
    assert "eval-all: 3 failed, after 0:0" in out


def test_without_a_single_run_there_is_no_report(project):
    code, out, _, calls = eval_all(project, **{name.replace("-", "_"): {"code": 3} for name in ENVIRONMENTS})
    assert code == 1 and "[8/8] report: skipped, no runs" in out and "file://" not in out
    assert [call[0] for call in calls] == ["zoo"] + ENVIRONMENTS, "no sensitivity of a run that is not there"


def test_without_images_nothing_is_tried(project):
    code, out, _, calls = eval_all(project, data={"code": 1, "complains": "zoo: error: disk full"})
    assert (code, len(calls)) == (1, 1) and "data: exit code 1: zoo: error: disk full" in out


def test_on_a_terminal_the_child_has_one_too(project):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 97, 0, 0))
    call = command(project, {"tf1-pose": {"code": 2, "complains": "x: error: no\n"}})
    call["env"].pop("COLUMNS", None)
    done = subprocess.run(**dict(call, stderr=theirs), timeout=60)
    os.close(theirs)
    assert done.stdout.count("stderr is a terminal: True, 97 columns") == 8
    assert "tf1-pose: exit code 2: x: error: no" in done.stdout
    assert os.read(ours, 1000) == b"x: error: no\r\n"
    os.close(ours)


@pytest.mark.parametrize("number, expected", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_stops_the_child_and_is_one_line(project, number, expected):
    # What runs in the background of a shell ignores Ctrl-C, and so would its children.
    process = subprocess.Popen(**command(project, {"tf1-pose": {"sleeps": True}}), preexec_fn=_heed_interrupts)  # noqa: PLW1509
    give_up = time.monotonic() + 30
    while not (project / "fake" / "sleeping").exists() and time.monotonic() < give_up:
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == expected
    assert (project / "fake" / "stopped").exists() and "a word of ours" not in out + err
    lines = err.strip().splitlines()
    assert len(lines) == (1 if number == signal.SIGINT else 0)
    assert all("interrupted" in line and "goes on from here" in line for line in lines)
