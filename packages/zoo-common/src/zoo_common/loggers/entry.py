"""What a run is in an experiment tracker, whichever that is."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

from zoo_common.files import canonical_json, sha256_file, sha256_text
from zoo_common.runs.directory import FIDELITY, MANIFEST, MEASUREMENTS, SCORE, SENSITIVITY, VERDICT
from zoo_common.runs.facts import RunFacts
from zoo_common.tables.column import identity_of
from zoo_common.tables.columns import COLUMNS, flat_row
from zoo_common.tables.sections import flattened

FILES = (MANIFEST, SCORE, MEASUREMENTS, FIDELITY, VERDICT, SENSITIVITY)
MEASURED = ("accuracy", "fidelity", "speed", "size")

LOGGED, UPDATED, UNCHANGED = "logged", "updated", "unchanged"
"""What became of an entry."""


@dataclass(frozen=True)
class Entry:
    """One run as a tracker takes it.

    Attributes:
        name: model and precision.
        identity: SHA-256 of the run's identity, by which it is found again.
        content: SHA-256 of its files: equal where nothing is new.
        params: the identity, flat: dotted names, JSON values.
        metrics: every number of accuracy, fidelity, speed and size, by the names of the flat columns.
        tags: what one searches by.
        files: the run's small JSON files.
    """

    name: str
    identity: str
    content: str
    params: Dict[str, Any]
    metrics: Dict[str, float]
    tags: Dict[str, str]
    files: Tuple[Path, ...]


def entry_of(facts: RunFacts) -> Entry:
    """Return the entry of a run.

    Raises:
        ZooError: a document is damaged.
    """
    row = flat_row(facts)
    files = tuple(facts.path / name for name in FILES if (facts.path / name).exists())
    identity = facts.manifest.identity()
    metrics = {
        column.name: float(row[column.name])
        for column in COLUMNS
        if column.group in MEASURED and column.type in (int, float) and row[column.name] is not None
    }
    return Entry(
        name="{} {}".format(facts.model, facts.precision),
        identity=identity_of(facts),
        content=sha256_text(canonical_json({file.name: sha256_file(file) for file in files})),
        params=dict(flattened(identity)),
        metrics=metrics,
        tags=_tags(facts, row),
        files=files,
    )


def reason_to_skip(facts: RunFacts) -> Optional[str]:
    """Return why a run is not logged yet; None where it is."""
    if facts.manifest.shard is not None:
        return "a shard; merge all {} first".format(facts.manifest.shard.count)
    if not facts.manifest.complete:
        return "not complete; its own command goes on from where it stopped"
    return None


def as_text(value: Any) -> str:
    """Return a parameter as text: strings as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def _tags(facts: RunFacts, row: Dict[str, Any]) -> Dict[str, str]:
    arithmetic = {True: "executed", False: "simulated"}.get(row["executed"])  # type: ignore[call-overload]
    found = {
        "model": facts.model,
        "precision": facts.precision,
        "arithmetic": arithmetic,
        "framework": row["framework"],
        "split": row["split"],
        "synthetic": as_text(row["synthetic"]),
        "fingerprint": row["fingerprint"],
        "status": row["status"],
        "cpu": row["cpu"],
    }
    return {name: value for name, value in found.items() if value is not None}
