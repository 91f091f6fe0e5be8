"""The same facts as Markdown, for a pull request, and as CSV, for a spreadsheet: every digit, absent cells empty."""

import csv
import html
import io
import re
from typing import Any, Dict, List, Sequence

from zoo_common.comparison import Interval
from zoo_common.report import formats
from zoo_common.report.content import Content, Section
from zoo_common.report.entries import Entry
from zoo_common.report.groups import Group
from zoo_common.report.precision import arithmetic
from zoo_common.report.reproduce import command_of
from zoo_common.report.summary import COLUMNS
from zoo_common.runs.facts import RunFacts
from zoo_common.tables.spreadsheet import inert

FIELDS = (
    "model precision arithmetic framework data type images ap ap_low ap_high ar delta_ap delta_low delta_high p_value "
    "latency_p50_ms latency_p90_ms images_per_s samples_per_s file_bytes parameters multiply_adds status state "
    "reference run command"
).split()


def markdown(content: Content) -> str:
    """Return the report as Markdown."""
    lines = ["# What does the quantized model cost?", ""]
    if content.synthetic:
        lines += ["**Drawn pictures: the numbers marked synthetic say nothing about photographs.**", ""]
    lines += ["- " + _text(statement.text) for statement in content.statements]
    for section in content.sections:
        lines += ["", "## " + _text(section.group.label), ""] + _summary(section)
        lines += _predictions(section)
    if content.unscored:
        lines += ["", "## Runs without numbers", ""]
        lines += [
            "- {} {}: {}".format(_text(run.model), _text(run.precision), _text(why)) for run, why in content.unscored
        ]
    commands = [(run, command_of(run)) for run in content.runs]
    if any(command for _, command in commands):
        lines += ["", "## Commands", ""]
        lines += ["    " + " ".join(command.splitlines()) for _, command in commands if command]
    return "\n".join(lines) + "\n"


def table(content: Content) -> str:
    """Return one CSV line a run, those without numbers too."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, FIELDS, lineterminator="\n")
    writer.writeheader()
    for section in content.sections:
        for entry in section.entries:
            writer.writerow(inert(_record(entry, section.group)))
    for run, why in content.unscored:
        writer.writerow(inert(dict(_plain(run), state=why)))
    return stream.getvalue()


def _summary(section: Section) -> List[str]:
    lines = [_line([column.title for column in COLUMNS]), _line(["---:" if c.number else "---" for c in COLUMNS])]
    for row in section.rows:
        shown = [row.cells[column.key] for column in COLUMNS]
        lines.append(_line(["{} ({})".format(cell.text, cell.note) if cell.note else cell.text for cell in shown]))
    return lines


def _predictions(section: Section) -> List[str]:
    if not section.predicted:
        return []
    lines = ["", "Simulated against executed:", ""]
    for row in section.predicted:
        executed = " → {}".format(row.executed.run.precision) if row.executed is not None else ""
        name = "{} {}{}".format(row.simulated.run.model, row.simulated.run.precision, executed)
        lines.append("- {}: {}".format(_text(name), _text(row.judgement.text)))
    return lines


def _record(entry: Entry, group: Group) -> Dict[str, Any]:
    run, change = entry.run, entry.change
    found = _plain(run)
    found.update(type=group.type, ap=entry.ap, ar=run.stats.get(run.recall_name), state="complete", status=run.status)
    found.update(_ends("ap", entry.interval))
    if change is not None:
        found.update(delta_ap=change.difference, p_value=change.p_value, reference=str(entry.reference.path))
        found.update(_ends("delta", change.interval))
    latency = run.latency_ms if run.executed is not False else {}
    found.update(latency_p50_ms=latency.get("p50"), latency_p90_ms=latency.get("p90"))
    return found


def _plain(run: RunFacts) -> Dict[str, Any]:
    return {
        "model": run.model,
        "precision": run.precision,
        "arithmetic": arithmetic(run),
        "framework": run.framework,
        "data": run.data,
        "images": run.manifest.dataset.images,
        "images_per_s": run.images_per_s,
        "samples_per_s": run.samples_per_s,
        "file_bytes": run.file_bytes,
        "parameters": run.parameters,
        "multiply_adds": run.multiply_adds,
        "run": str(run.path),
        "command": command_of(run),
    }


def _ends(name: str, interval: Any) -> Dict[str, float]:
    return {name + "_low": interval.low, name + "_high": interval.high} if isinstance(interval, Interval) else {}


def _line(cells: Sequence[str]) -> str:
    return "| {} |".format(" | ".join(map(_text, cells)))


def _text(text: str) -> str:
    """Return text that Markdown shows as it is: no markup, link, picture or code."""
    escaped = re.sub(r"([\\`*\[\]|~])", r"\\\1", " ".join(str(text).split()) or formats.ABSENT)
    return html.escape(escaped, quote=False)
