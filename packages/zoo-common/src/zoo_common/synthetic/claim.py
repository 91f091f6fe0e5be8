"""Whose folder is it: a finished dataset of the asked recipe, one to go on with, or somebody else's files.

A recipe decides what the dataset means: generator, version, seed, counts. A finished dataset of the same recipe
is used whatever libraries drew it; an unfinished one is gone on with only by the libraries that began it.
"""

import contextlib
import shutil
from pathlib import Path
from typing import Any, Dict

from zoo_common.errors import ZooError
from zoo_common.files import read_json, write_json

RECIPE, UNFINISHED = "synthetic.json", ".unfinished"


def is_complete(folder: Path, recipe: Dict[str, Any]) -> bool:
    done = folder / RECIPE
    if not done.exists():
        return False
    found = read_json(done)
    _compare(done, found.get("recipe") if isinstance(found, dict) else None, recipe)
    return True


def _compare(path: Path, found: Any, recipe: Dict[str, Any]) -> None:
    if found == recipe:
        return
    if not isinstance(found, dict) or found.get("generator") != recipe["generator"]:
        raise ZooError("{}: not a record of a synthetic dataset; choose another folder".format(path))
    changed = [
        "{} {} (asked {})".format(key, found.get(key), value)
        for key, value in recipe.items()
        if found.get(key) != value
    ]
    raise ZooError(
        "{}: holds a synthetic dataset of another recipe: {}; choose another folder or remove this one".format(
            path, ", ".join(changed)
        )
    )


def claim(folder: Path, recipe: Dict[str, Any], made_with: Dict[str, str]) -> None:
    """Begin or go on in `folder`, whose lock is held; refuse one that holds something else."""
    mark = folder / UNFINISHED / RECIPE
    if mark.exists():
        return _compare(mark, read_json(mark), dict(recipe, **made_with))
    foreign = sorted(path.name for path in folder.iterdir() if not path.name.startswith(UNFINISHED))
    if foreign:
        raise ZooError(
            "{}: not empty and not a synthetic dataset (holds {}); choose another folder".format(
                folder, ", ".join(foreign[:3])
            )
        )
    write_json(mark, dict(recipe, **made_with))
    return None


def tidy(folder: Path) -> None:
    """Remove the notes of a dataset that is complete, also those that a killed process could not remove."""
    shutil.rmtree(str(folder / UNFINISHED), ignore_errors=True)
    with contextlib.suppress(OSError):
        lock_path(folder).unlink()


def lock_path(folder: Path) -> Path:
    """Return the lock file of a dataset that is being written."""
    return folder / (UNFINISHED + ".lock")
