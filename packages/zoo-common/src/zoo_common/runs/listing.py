"""One table over many runs: model, precision, accuracy, speed, size, and what is unusual about each."""

from pathlib import Path
from typing import Any, Dict, Iterable, List

from tabulate import tabulate

from zoo_common.runs.facts import RunFacts, find_facts
from zoo_common.runs.manifest import Manifest

ABSENT = "-"


def rows(folders: Iterable[Path]) -> List[Dict[str, Any]]:
    """Return one row a run directory found at or below ``folders``, in path order, each once.

    Raises:
        ZooError: a folder does not exist, or a run's files are damaged.
    """
    return [row_of(facts) for facts in find_facts(folders)]


def row_of(facts: RunFacts) -> Dict[str, Any]:
    """Return the row of one run. Absent values are left out."""
    counts = facts.manifest.counts
    row: Dict[str, Any] = {
        "run": str(facts.path),
        "model": facts.model,
        "precision": facts.precision,
        "data": facts.data,
        "state": _state(facts.manifest),
    }
    if counts is not None and counts.images is not None:
        row.update(images=counts.images_evaluated, samples=counts.samples_evaluated)
    if facts.fidelity:
        row["fidelity"] = dict(facts.fidelity)
    if facts.file_bytes is not None:
        row["file_mb"] = facts.file_bytes / 1e6
    if facts.executed is not None:
        row["arithmetic"] = "executed" if facts.executed else "simulated"
    row.update({name: facts.stats[name] for name in ("AP", "AP50", "AP75", "AR", "AR100") if name in facts.stats})
    more = {
        "samples_per_s": facts.samples_per_s,
        "latency_p50_ms": facts.latency_ms.get("p50"),
        "status": facts.status,
    }
    row.update({name: value for name, value in more.items() if value is not None})
    return row


def _state(manifest: Manifest) -> str:
    parts = ["complete" if manifest.complete else "incomplete"]
    if manifest.shard is not None:
        parts.append("shard {}/{}".format(manifest.shard.index, manifest.shard.count))
    if manifest.counts is not None and manifest.counts.images_failed:
        parts.append("{} images failed".format(manifest.counts.images_failed))
    if manifest.calibration is not None and manifest.calibration.evaluated_images_seen:
        parts.append("calibrated on {} evaluated images".format(manifest.calibration.evaluated_images_seen))
    return ", ".join(parts)


COLUMNS = (
    ("model", "model", None),
    ("precision", "precision", None),
    ("arithmetic", "arithmetic", None),
    ("AP", "AP", ".4f"),
    ("AP50", "AP50", ".4f"),
    ("AP75", "AP75", ".4f"),
    ("AR", "AR", ".4f"),
    ("samples_per_s", "samples/s", ".1f"),
    ("latency_p50_ms", "p50 ms", ".2f"),
    ("file_mb", "MB", ".2f"),
    ("images", "images", "d"),
    ("samples", "samples", "d"),
    ("data", "data", None),
    ("status", "verdict", None),
    ("state", "state", None),
    ("run", "run", None),
)


def table(found: Iterable[Dict[str, Any]]) -> str:
    """Return rows as an aligned table of text."""
    shown = [dict(row, AR=row.get("AR", row.get("AR100"))) for row in found]  # of at most 20 people, or 100 boxes
    cells = [[_cell(row.get(key), style) for key, _, style in COLUMNS] for row in shown]
    return tabulate(cells, headers=[title for _, title, _ in COLUMNS], disable_numparse=True)


def _cell(value: Any, style: Any) -> str:
    if value is None:
        return ABSENT
    return format(value, style) if style else str(value)
