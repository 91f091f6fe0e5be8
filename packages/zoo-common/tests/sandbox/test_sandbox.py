"""The sandbox from the inside: what a hostile command reaches, and what ends it."""

import json
import os
import socket
import sys
from pathlib import Path

import pytest

from zoo_common.cli.main import main
from zoo_common.errors import ZooError
from zoo_common.sandbox import Limits, run, run_sandboxed
from zoo_common.sandbox.walls import environment


@pytest.fixture(scope="module", autouse=True)
def _possible():
    try:
        run._bwrap()
    except ZooError as error:
        pytest.skip(str(error))


@pytest.fixture
def inside(tmp_path, monkeypatch):
    """Run Python code in the sandbox; it writes what it found to ``found``, a JSON file in the writable folder."""
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "out"
    out.mkdir()

    def call(code, limits=Limits(seconds=60), readable=()):  # noqa: B008
        program = "import json, os, socket, sys\nfound = {}\n" + code
        program += "\njson.dump(found, open({!r}, 'w'))\n".format(str(out / "found"))
        status = run_sandboxed([sys.executable, "-c", program], readable, [out], limits)
        return status, json.loads((out / "found").read_text()) if (out / "found").exists() else None

    return call


def test_no_network_not_even_this_machine_s(inside):
    with socket.socket() as server, socket.socket(socket.AF_UNIX) as abstract:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        abstract.bind("\0zoo-sandbox-{}".format(os.getpid()))
        abstract.listen(1)
        socket.create_connection(server.getsockname(), 2).close()
        status, found = inside(
            "for kind, address in ((socket.AF_INET, ('127.0.0.1', {})), (socket.AF_UNIX, {!r})):\n"
            "    try:\n"
            "        socket.socket(kind).connect(address)\n"
            "        found[str(int(kind))] = 'reached'\n"
            "    except OSError as error:\n"
            "        found[str(int(kind))] = 'refused'\n".format(server.getsockname()[1], abstract.getsockname())
        )
    assert status == 0 and set(found.values()) == {"refused"} and len(found) == 2


def test_nothing_is_written_outside(inside, tmp_path, monkeypatch):
    monkeypatch.chdir(str(Path.home()))  # a folder below /tmp would lie in the private one
    (tmp_path / "cache").mkdir()
    (tmp_path / "shown").mkdir()
    places = [str(tmp_path / name) for name in ("x", "cache/x", "shown/x", "out/x")]
    places += ["/x", "/usr/x", "/dev/x", "x", sys.prefix + "/x", "/tmp/x-of-" + tmp_path.name, str(Path.home() / "x")]
    status, found = inside(
        "for path in {!r}:\n"
        "    try:\n"
        "        open(path, 'w').close()\n"
        "        found[path] = True\n"
        "    except OSError:\n"
        "        found[path] = False\n".format(places),
        readable=[tmp_path / "shown"],
    )
    assert status == 0 and found[str(tmp_path / "out" / "x")] and found[places[9]]
    assert [path for path in places[1:3] + places[4:9] + places[10:] if found[path]] == []
    assert [path for path in places if os.path.exists(path)] == [str(tmp_path / "out" / "x")]


def test_other_files_processes_and_secrets_are_not_seen(inside, tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (tmp_path / "shown").write_text("shown")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    status, found = inside(
        "found.update(secret=os.path.exists({!r}), shown=open({!r}).read(), home=os.listdir(os.path.expanduser('~')))\n"
        "found['shadow'] = os.path.exists('/etc/shadow')\n"
        "found['ssh'] = os.path.exists({!r})\n"
        "found['processes'] = len([name for name in os.listdir('/proc') if name.isdigit()])\n"
        "found['variables'] = 'secret' in str(os.environ)\n"
        "lines = open('/proc/self/status')\n"
        "found['privileges'] = [line for line in lines if line.startswith(('CapEff', 'CapBnd', 'NoNewPrivs'))]\n"
        "".format(str(secret), str(tmp_path / "shown"), str(Path.home() / ".ssh")),
        readable=[tmp_path / "shown"],
    )
    assert status == 0 and found.pop("processes") <= 3
    values = [line.split()[1] for line in found.pop("privileges")]
    assert [int(value, 16) for value in values] == [0, 0, 1]
    # The home is the private /tmp: nothing is there but the ways to what is shown.
    shown = [path.parts for path in map(Path, (str(tmp_path), sys.prefix, str(Path.cwd()), __file__))]
    assert set(found.pop("home")) <= {parts[2] for parts in shown if parts[1] == "tmp"}
    assert found == {"secret": False, "shown": "shown", "shadow": False, "ssh": False, "variables": False}


def test_it_is_ended_beyond_its_memory_time_and_processes(inside, tmp_path):
    memory = Limits(memory=1 << 30, seconds=60)
    status, found = inside("x = bytearray(3 << 30)\nfound['x'] = len(x)", memory)
    assert status == 1 and found is None, "one process: no such addresses"
    several = "import subprocess, time\nfor _ in range(6):\n    subprocess.Popen([sys.executable, '-c', {!r}])\n"
    several += "time.sleep(30)"
    with pytest.raises(ZooError, match=r"MiB of memory, of 500 allowed \(--memory\)"):
        inside(several.format("import time; x = b'x' * (150 << 20); time.sleep(30)"), Limits(500 << 20, 60))
    with pytest.raises(ZooError, match=r"processes and threads, of 5 allowed"):
        inside(several.format("import time; time.sleep(30)"), Limits(seconds=60, tasks=5))
    with pytest.raises(ZooError, match=r"after 1 s \(--time\)"):
        inside("import time; time.sleep(30)", Limits(seconds=1))
    shared = "with open('/dev/shm/x', 'wb') as s:\n    while True:\n        s.write(bytes(1 << 20))"
    status, found = inside(shared, Limits(memory=300 << 20, seconds=60))
    assert status == 1 and found is None, "shared memory is bounded"


def test_exit_codes_and_arguments_pass(tmp_path, capfd):
    def zoo(*words):
        with pytest.raises(SystemExit) as stop:
            main([str(word) for word in words])
        return stop.value.code, capfd.readouterr()

    assert zoo("sandbox", "--memory", "1G", "--", "/bin/sh", "-c", "echo $HOME --readable; exit 7") == (
        7,
        ("/tmp --readable\n", ""),
    )
    assert zoo("sandbox", "--", "/bin/sh", "-c", "kill -9 $$")[0] == 137
    for words, said in (
        (("--", "no-such-program"), "no program 'no-such-program'"),
        (("--writable", tmp_path / "absent", "--", "true"), "absent: no such folder"),
        (("--readable", "/", "--", "true"), "too much to show"),
        (("--writable", Path.home(), "--", "true"), "too much to show"),
        (("--memory", "5", "--", "true"), "not a size such as"),
        ((), "COMMAND"),
    ):
        code, (_, err) = zoo("sandbox", *words)
        assert code == 2 and said in err and err.count("\n") == 1


def test_without_bubblewrap_or_namespaces_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ZooError, match="apt-get install bubblewrap"):
        run_sandboxed(["/bin/true"])
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2; exit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    with pytest.raises(ZooError, match=r"\(No permissions to create new namespace\); user namespaces must be allowed"):
        run_sandboxed(["/bin/true"])
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(ZooError, match="Linux only"):
        run_sandboxed(["/bin/true"])


def test_the_environment_is_what_frameworks_need():
    outer = {"PATH": "/bin", "LC_ALL": "C", "OMP_NUM_THREADS": "2", "TF_VAR_password": "x", "WANDB_API_KEY": "x"}
    found = environment(dict(outer, LD_PRELOAD="x", PYTHONPATH="x", HOME="/root"), Path("/cache"))
    assert {"TF_VAR_password", "WANDB_API_KEY", "LD_PRELOAD", "PYTHONPATH"}.isdisjoint(found)
    assert found["HOME"] == "/tmp" and found["ZOO_CACHE"] == "/cache" and found["OMP_NUM_THREADS"] == "2"
