import configparser
import fcntl
import json
import signal
import subprocess
import sys
import time

import yaml
from sharded import ROOT

STEP = [sys.executable, str(ROOT / "workflow" / "step.py")]


def step(folder, code):
    command = [*STEP, "--log", str(folder / "log"), "--notes", str(folder / "notes"), "--name", "a/b of c", "--"]
    return subprocess.Popen([*command, sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)


def note(folder):
    files = list((folder / "notes").glob("*.json"))
    return json.loads(files[0].read_text()) if files else None


def test_success_leaves_a_log_and_no_note(tmp_path):
    assert step(tmp_path, "print('made')").wait() == 0
    assert (tmp_path / "log").read_text().splitlines()[1:] == ["made"]
    assert note(tmp_path) is None


def test_failure_is_noted_and_taken_back_by_success(tmp_path):
    failed = step(tmp_path, "raise SystemExit('no such image')")
    said = failed.communicate()[1]
    assert failed.returncode == 1
    assert said.startswith("a/b of c failed with exit code 1 on ")
    assert said.splitlines()[1] == "  no such image"
    assert note(tmp_path)["exit_code"] == 1
    assert step(tmp_path, "pass").wait() == 0
    assert note(tmp_path) is None


def test_a_killed_step_is_noted_and_what_it_left_running_is_waited_for(tmp_path):
    first = step(tmp_path, "import time; time.sleep(1.5); print('late', flush=True)")
    while note(tmp_path) is None:
        time.sleep(0.02)
    time.sleep(0.3)  # its command has started
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert "exit_code" not in note(tmp_path)
    begun = time.monotonic()
    assert step(tmp_path, "print('again')").wait() == 0
    assert time.monotonic() - begun > 0.5
    assert (tmp_path / "log").read_text().splitlines()[1:] == ["again"]
    with (tmp_path / "log").open() as log:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_variables_are_those_of_tox():
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(str(ROOT / "tox.ini"), encoding="utf-8")
    wanted = {}
    for line in tox["testenv"]["set_env"].splitlines():
        environment, _, setting = line.partition(": ")
        if setting and " = " in setting:
            name, value = setting.replace("{tox_root}/", "").split(" = ")
            wanted.setdefault(environment.strip(), {})[name] = value.strip("{}").split(":", 2)[-1]
    configured = yaml.safe_load((ROOT / "workflow" / "config.yaml").read_text())["environments"]
    for environment, found in configured.items():
        variables = {name: str(value) for name, value in found["variables"].items()}
        assert variables == wanted[environment]
