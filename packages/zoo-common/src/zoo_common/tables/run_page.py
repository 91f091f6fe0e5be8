"""Everything a run says of itself: a page of sections, or one JSON document."""

from typing import Any, Dict, List

from zoo_common.runs.facts import RunFacts
from zoo_common.tables import run_found, run_made
from zoo_common.tables.columns import flat_row
from zoo_common.tables.sections import Section


def page(facts: RunFacts) -> List[Section]:
    """Return the sections that have something to say."""
    row = flat_row(facts)
    sections = (
        run_made.identity(facts, row),
        run_found.verdict(facts),
        run_found.accuracy(facts, row),
        run_found.fidelity(facts),
        run_found.speed(facts, row),
        run_found.size(row),
        run_made.data(facts),
        run_made.calibration(facts),
        run_made.protocol(facts),
        run_made.network(facts),
        run_found.sensitivity(facts),
        run_found.command(facts),
        run_found.files(facts),
    )
    return [section for section in sections if section.lines]


def document(facts: RunFacts) -> Dict[str, Any]:
    """Return the run's documents as one, with the sizes of its files; those it does not have are left out."""
    found: Dict[str, Any] = {"run": str(facts.path), "manifest": facts.manifest.to_json()}
    for name in ("score", "measurements", "fidelity", "verdict", "sensitivity"):
        if getattr(facts, name):
            found[name] = dict(getattr(facts, name))
    found["files"] = [{"name": name, "bytes": count} for name, count in run_found.sizes(facts.path)]
    return found
