"""The exact command that mends a lack, for the tools this machine has."""

import platform
import shutil

from zoo_common.doctor import needs
from zoo_common.doctor.interpreters import pyenv_root

_GET_PYENV = "git clone https://github.com/pyenv/pyenv ~/.pyenv && ~/.pyenv/bin/"
_COMPILER = (
    "sudo apt-get install -y build-essential libssl-dev zlib1g-dev libbz2-dev libreadline-dev "
    "libsqlite3-dev libffi-dev liblzma-dev"
)


def for_interpreter(python: str) -> str:
    """Return the command that installs interpreter ``python`` ("3.10").

    pyenv where it is there; else uv where it still has that version; else pyenv, fetched first
    (with the libraries a build needs, where no compiler is found).
    """
    pyenv = _pyenv()
    build = "pyenv install " + needs.TESTED[python]
    if pyenv:
        return pyenv + " install " + needs.TESTED[python]
    number = tuple(int(part) for part in python.split("."))
    if number >= needs.UV_OLDEST:
        return "{} python install {}".format("uv" if shutil.which("uv") else ".venv/bin/uv", python)
    prefix = "" if shutil.which("cc") or platform.system() != "Linux" else _COMPILER + " && "
    return prefix + _GET_PYENV + build


def for_program(name: str) -> str:
    """Return the command that installs a program such as git or make."""
    if platform.system() == "Darwin":
        return "xcode-select --install"
    for manager, command in (
        ("apt-get", "sudo apt-get install -y "),
        ("dnf", "sudo dnf install -y "),
        ("pacman", "sudo pacman -S --noconfirm "),
    ):
        if shutil.which(manager):
            return command + name
    return "install {} with your system's package manager".format(name)


def _pyenv() -> str:
    if shutil.which("pyenv"):
        return "pyenv"
    inside = pyenv_root() / "bin" / "pyenv"
    return str(inside) if inside.is_file() else ""
