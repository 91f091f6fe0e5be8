import sys
from pathlib import Path

import pytest

from zoo_common.doctor import interpreters


def make(path, version="3.10.99", code=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\necho {}\necho {}\nexit {}\n".format(version, path, code))
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def places(tmp_path, monkeypatch):
    folders = {name: tmp_path / name for name in ("bin", "pyenv", "uv")}
    monkeypatch.setenv("PATH", "{}:/nowhere:".format(folders["bin"]))
    monkeypatch.setenv("PYENV_ROOT", str(folders["pyenv"]))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(folders["uv"]))
    return folders


def test_nothing_is_found_where_nothing_is(places):
    assert interpreters.find("3.10") is None


def test_path_comes_before_pyenv_and_pyenv_before_uv(places):
    on_uv = make(places["uv"] / "cpython-3.10.9-linux-x86_64-gnu" / "bin" / "python3.10")
    assert interpreters.find("3.10") == ("3.10.99", on_uv, "uv")
    on_pyenv = make(places["pyenv"] / "versions" / "3.10.13" / "bin" / "python3.10")
    assert interpreters.find("3.10") == ("3.10.99", on_pyenv, "pyenv")
    on_path = make(places["bin"] / "python3.10")
    assert interpreters.find("3.10") == ("3.10.99", on_path, "PATH")


def test_an_interpreter_that_does_not_start_is_passed_over(places):
    make(places["bin"] / "python3.10", code=127)  # a pyenv shim of an inactive version does this
    good = make(places["pyenv"] / "versions" / "3.10.13" / "bin" / "python3.10")
    assert interpreters.find("3.10").path == good


def test_an_interpreter_of_another_version_is_passed_over(places):
    make(places["bin"] / "python3.1", version="3.10.99")
    assert interpreters.find("3.1") is None


def real(path):
    """Link to the interpreter behind this test's environment."""
    base = Path(sys.base_prefix) / "bin" / "python{}.{}".format(*sys.version_info[:2])
    if not base.is_file():
        pytest.skip("this Python keeps its interpreter elsewhere")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(base)
    return path


def test_a_real_interpreter_tells_its_version(places):
    running = "{}.{}".format(*sys.version_info[:2])
    real(places["bin"] / ("python" + running))
    assert interpreters.find(running).version == "{}.{}.{}".format(*sys.version_info[:3])


def test_a_virtual_environment_is_passed_over(places, tmp_path):
    running = "{}.{}".format(*sys.version_info[:2])
    python = real(places["bin"] / ("python" + running))
    (tmp_path / "pyvenv.cfg").write_text("home = {}\n".format(Path(sys.base_prefix) / "bin"))
    assert python.parent.parent == tmp_path
    assert interpreters.find(running) is None
