"""Gathers everything the doctor looks at into one plain, JSON-ready dictionary."""

import platform
import shutil
from pathlib import Path
from typing import Any, Dict, List, Optional

from zoo_common.doctor import interpreters, needs, processor, remedies, storage

Findings = Dict[str, Any]


def examine(root: Path) -> Findings:
    """Examine this machine.

    Args:
        root: the folder whose disk will hold the environments.

    Returns:
        ``machine``, ``interpreters``, ``programs``, ``disk``, ``caches``, ``notes`` (good to know),
        ``optional`` and ``missing`` (each with what it is for and the command that mends it). Unknown values are None.
    """
    found = {python: interpreters.find(python) for python in needs.versions()}
    absent = [python for python, interpreter in found.items() if interpreter is None]
    programs = {name: shutil.which(name) for name in needs.PROGRAMS}
    free = storage.free_bytes(root)
    caches = storage.caches()
    return {
        "machine": _machine(),
        "interpreters": [_row(python, interpreter) for python, interpreter in found.items()],
        "programs": programs,
        "disk": {"path": str(root), "free_bytes": free, "needed_bytes": needs.DISK_BYTES},
        "caches": [dict(cache._asdict()) for cache in caches],
        "notes": _notes(),
        "optional": [_missing_python(python) for python in absent if not needs.required(python)],
        "missing": [
            *(_missing_python(python) for python in absent if needs.required(python)),
            *(_lack(name, "setting up", remedies.for_program(name)) for name, path in programs.items() if not path),
            *_missing_disk(root, free),
            *(
                _lack("a writable {} cache".format(cache.name), cache.path, "export {}=FOLDER".format(cache.variable))
                for cache in caches
                if not cache.writable
            ),
        ],
    }


def _machine() -> Findings:
    return {
        "system": "{} {}".format(platform.system(), platform.machine()),
        "cpu": processor.model(),
        "cores": processor.cores(),
        "instruction_sets": processor.instruction_sets(),
        "memory_bytes": storage.memory_bytes(),
    }


def _row(python: str, interpreter: Optional[interpreters.Interpreter]) -> Findings:
    absent = {"version": None, "path": None, "source": None}
    found = absent if interpreter is None else dict(interpreter._asdict())
    return {"python": python, "environments": needs.users(python), **found}


def _lack(what: str, needed_for: str, mend: str) -> Findings:
    return {"what": what, "needed_for": needed_for, "mend": mend}


def _missing_python(python: str) -> Findings:
    return _lack("Python " + python, ", ".join(needs.users(python)), remedies.for_interpreter(python))


def _missing_disk(root: Path, free: int) -> List[Findings]:
    lacking = needs.DISK_BYTES - free
    if lacking <= 0:
        return []
    mend = "free {:.1f} GB on the disk of {}".format(lacking / 1e9, root)
    return [_lack("disk space", "all environments", mend)]


def _notes() -> List[str]:
    notes = []
    if not set(processor.VNNI) & set(processor.instruction_sets()):
        notes.append(
            "no VNNI instructions: int8 runs with 7-bit activations here, and much slower than where they exist"
        )
    memory = storage.memory_bytes()
    if memory is not None and memory < needs.MEMORY_BYTES:
        notes.append("less than {:.0f} GB of memory: use small batches".format(needs.MEMORY_BYTES / 1e9))
    return notes
