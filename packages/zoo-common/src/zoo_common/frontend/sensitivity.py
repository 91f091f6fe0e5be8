"""The sensitivity analysis of a run's network, kept in the run."""

import argparse
from pathlib import Path
from typing import Iterable, Optional

from zoo_common.errors import ZooError
from zoo_common.files import write_json
from zoo_common.quantization.sensitivity import Sensitivity, records
from zoo_common.runs.directory import SENSITIVITY, load_manifest
from zoo_common.runs.sensitivity_file import SensitivityFile


def add_run_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--run``."""
    parser.add_argument("--run", type=Path, metavar="DIR", help="write it into this run of the model and precision too")


def check_run(path: Optional[Path], model: str, precision: str) -> None:
    """Refuse a run of something else before anything is measured; None is no run.

    Raises:
        ZooError: ``path`` is no run directory, or one of another model or precision.
    """
    if path is None:
        return
    manifest = load_manifest(path)
    if (manifest.model.name, manifest.precision) != (model, precision):
        raise ZooError(
            "--run {}: a run of {} at {}, not of {} at {}".format(
                path, manifest.model.name, manifest.precision, model, precision
            )
        )


def write_to_run(path: Path, mode: str, rows: Iterable[Sensitivity]) -> Path:
    """Write the rows as ``sensitivity.json`` of a run; returns the file.

    Raises:
        ZooError: it cannot be written.
    """
    document = SensitivityFile.model_validate({"mode": mode, "rows": records(rows)})
    write_json(path / SENSITIVITY, document.model_dump(mode="json", exclude_none=True))
    return path / SENSITIVITY
