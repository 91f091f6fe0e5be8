"""What a command must be able to read before it has read anything of its user's: its program and its Python."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import List, Optional

from zoo_common.errors import ZooError

_ASK = "import sys; print('\\n'.join([sys.prefix, sys.base_prefix, sys.executable] + sys.path))"
_PYTHON = re.compile(rb"/[^\s\"']*/python[0-9.]*")


def program_of(word: str) -> Path:
    """Return the file that a command's first word starts.

    Raises:
        ZooError: there is none.
    """
    found = shutil.which(word)
    if found is None:
        raise ZooError("zoo sandbox: no program '{}' here".format(word))
    return Path(found).absolute()


def readable_for(program: Path) -> List[Path]:
    """Return the files and folders a program is made of, as far as they lie outside the system's own folders.

    Of a Python program these are its environment and all that its interpreter looks for modules in, also the sources
    of packages installed as editable. The interpreter is started once to ask it.

    Raises:
        ZooError: the interpreter does not start.
    """
    found = [program, program.resolve()]
    python = _interpreter(program)
    if python is not None:
        try:
            answer = subprocess.check_output([str(python), "-c", _ASK], cwd="/", text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise ZooError("zoo sandbox: {} does not start: {}".format(python, error)) from error
        named = [Path(line) for line in answer.splitlines() if line.startswith("/")]
        found += [path for name in named for path in (name, name.resolve())]
    return [path for path in found if path.exists()]


def _interpreter(program: Path) -> Optional[Path]:
    if re.match(r"python[0-9.]*$", program.name):
        return program
    with open(str(program), "rb") as stream:
        start = stream.read(512)
    # The second line where the path is too long for the first: #!/bin/sh, then exec "/.../python".
    named = _PYTHON.search(b"\n".join(start.splitlines()[:2])) if start.startswith(b"#!") else None
    return Path(named.group().decode("utf-8", "surrogateescape")) if named else None
