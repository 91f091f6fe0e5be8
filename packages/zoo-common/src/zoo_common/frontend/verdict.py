"""PASSED or FAILED: a run's score against the card's references, told and kept in the run."""

from pathlib import Path
from typing import Optional

from zoo_common.cards import Card, Verdict, check_reference
from zoo_common.errors import ZooError
from zoo_common.files import write_json
from zoo_common.metrics import Score
from zoo_common.runs import Manifest
from zoo_common.runs.directory import VERDICT
from zoo_common.runs.verdict_file import VerdictFile


def judge(card: Card, manifest: Manifest, found: Score, dataset: str, path: Path) -> Optional[Verdict]:
    """Hold a score against the card's references; write ``verdict.json``, or remove it where none applies.

    Args:
        card: of the model.
        manifest: of the run.
        found: its score.
        dataset: what the card's references call the evaluated images.
        path: the run directory.

    Raises:
        ZooError: the file cannot be written or removed.
    """
    conditions = {
        "dataset": dataset,
        "flip_test": manifest.protocol.get("flip_test"),
        "boxes": manifest.protocol.get("boxes"),
        "images": found.image_count,
    }
    verdict = check_reference(card, manifest.precision, conditions, found.stats)
    if verdict is None:
        _remove(path / VERDICT)
    else:
        document = VerdictFile(status=verdict.status, checks=verdict.checks)
        write_json(path / VERDICT, document.model_dump(mode="json"))
    return verdict


def _remove(file: Path) -> None:
    try:
        if file.exists():
            file.unlink()
    except OSError as error:
        raise ZooError("cannot remove {}: {}".format(file, error.strerror or error)) from error
