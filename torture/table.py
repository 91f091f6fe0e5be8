"""What came of it: a line a case as it goes, a table at the end."""

from collections import OrderedDict
from typing import Any, Dict, List, Optional, Tuple

from tabulate import tabulate

from torture.outcome import Outcome
from torture.plan import Case


class Table:
    """Collects outcomes.

    Attributes:
        violations: name of each case that broke a promise, and which.
        left_out: cases for which there was no time.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rows: Dict[Tuple[str, str], Dict[str, Any]] = OrderedDict()
        self.violations: List[Tuple[str, str]] = []
        self.left_out = 0

    def add(self, case: Case, outcome: Optional[Outcome], said: str, seconds: float) -> None:
        """Note a case, and print its line."""
        row = self._rows.setdefault(
            (case.fault, case.place.name), {"cases": 0, "faults": 0, "broken": 0, "skipped": 0, "said": ""}
        )
        row["cases"] += 1
        row["said"] = said or row["said"]
        if outcome is not None:
            row["faults"] += outcome.faults
        elif said.startswith("skipped"):
            row["skipped"] += 1
        else:
            row["broken"] += 1
        print("{:<28} {:5.1f} s  {}".format(case.name, seconds, said or "ok"), flush=True)

    def text(self) -> str:
        """Return the table, the violations with the command that repeats each, and the totals."""
        rows = [[*key, row["cases"], row["faults"], _outcome(row)] for key, row in sorted(self._rows.items())]
        lines = [tabulate(rows, ["fault", "place", "cases", "struck", "outcome"]), ""]
        for name, broken in self.violations:
            lines.append("VIOLATION {}: {}".format(name, broken))
            lines.append("  again: make torture ARGS='--seed {} --only {}'".format(self._seed, name))
        total = "{} cases, {} kills, {} faults in all, {} violations, {} skipped, {} without time; seed {}"
        kills = sum(row["faults"] for key, row in self._rows.items() if key[0] == "kill")
        sums = {name: sum(row[name] for row in self._rows.values()) for name in ("cases", "faults", "skipped")}
        counts = sums["cases"], kills, sums["faults"], len(self.violations), sums["skipped"], self.left_out, self._seed
        return "\n".join(lines + [total.format(*counts)])


def _outcome(row: Dict[str, Any]) -> str:
    if row["broken"]:
        return "{} VIOLATIONS: {}".format(row["broken"], row["said"])
    return row["said"] or "ok"
