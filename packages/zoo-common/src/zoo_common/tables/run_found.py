"""What came of a run: accuracy, fidelity, speed, size, verdict, sensitivity, files."""

import math
from pathlib import Path
from shlex import quote
from typing import Any, Iterator, List, Mapping, Optional, Tuple

from zoo_common.metrics.protocol import PROTOCOLS
from zoo_common.runs.facts import RunFacts
from zoo_common.tables.sections import BAD, GOOD, QUIET, Line, Row, Section, figure, joined, line, plain, section

WORST_LAYERS = 10


def accuracy(facts: RunFacts, row: Row) -> Section:
    """Return COCO's ten or twelve numbers, in COCO's order."""
    if not facts.score:
        return section(
            "Accuracy", Line("score", "not scored; zoo score {} --data COCO does it".format(facts.path), QUIET)
        )
    known = PROTOCOLS[row["result_type"]].statistics if row["result_type"] in PROTOCOLS else ()
    lines = []
    for statistic in known:
        meaning = "{}, {} sizes, at most {} detections".format(
            "0.50:0.95" if statistic.threshold is None else "{:.2f}".format(statistic.threshold),
            statistic.area,
            statistic.max_detections,
        )
        value = row[statistic.name]
        if value is None:
            lines.append(Line(statistic.name, "-       {}; undefined: nothing of that size".format(meaning), QUIET))
        else:
            lines.append(Line(statistic.name, "{:.4f}  {}".format(value, meaning)))
    images, detections = facts.score.get("images_scored"), row["detections"]
    counted = joined(figure(detections, "{} detections"), figure(images, "{} images"), by=" on ")
    return section("Accuracy", *lines, line("scored", joined(counted, row["evaluator"], by=", by ")))


def fidelity(facts: RunFacts) -> Section:
    """Return how far the outputs are from another precision's."""
    found = facts.fidelity
    if not found:
        return section("Fidelity")
    about = joined(figure(found.get("samples"), "{} samples"), _text(found.get("reference")), by=", against ")
    ratios = [
        line("SQNR" if name == "sqnr_db" else "SQNR of " + name[: -len("_sqnr_db")], figure(value, "{:.1f} dB"))
        for name, value in sorted(found.items(), key=lambda item: len(item[0]))
        if name.endswith("sqnr_db")
    ]
    shift = _mapping(found.get("joint_shift_px"))
    moved = joined(
        figure(shift.get("mean"), "{:.3f} px mean"),
        figure(shift.get("median"), "{:.3f} median"),
        figure(shift.get("p95"), "{:.3f} 95th percentile"),
        figure(shift.get("moved_over_1px"), "{:.1%} beyond 1 px"),
    )
    return section("Fidelity", line("measured on", about), *ratios, line("joints move", moved))


def speed(facts: RunFacts, row: Row) -> Section:
    """Return latency, rates and stages, and the machine they hold for."""
    measured = facts.measurements
    shards = measured.get("shards") or []
    if shards:
        about = "in {} shards, apart: their times do not add up".format(len(shards))
        return section("Speed", Line("measured", about, QUIET), *(_shard(shard) for shard in shards))
    latency, about = _mapping(measured.get("latency_ms")), _mapping(measured.get("latency"))
    stages = [
        Line(name, "{:.2f} s {}".format(seconds, kind))
        for key, kind in (("stage_cpu_s", "CPU"), ("stage_wall_s", "wall"))
        for name, seconds in _mapping(measured.get(key)).items()
        if figure(seconds, "{}")
    ]
    untimed = None
    if measured and not latency and facts.executed is False:
        untimed = Line("latency", "not measured: a simulator's time says nothing of the precision it simulates", QUIET)
    calls = joined(figure(about.get("batch_size"), "batch {}"), figure(about.get("calls"), "{} calls"))
    wall = joined(figure(row["wall_s"], "{:.2f} s wall"), figure(row["cpu_s"], "{:.2f} s CPU"))
    return section(
        "Speed",
        untimed,
        line("latency", joined(_percentiles(latency), "({})".format(calls) if calls and latency else None, by="  ")),
        line("batch", joined(_percentiles(_mapping(measured.get("batch_latency_ms"))), "(in the evaluation)", by="  "))
        if "batch_latency_ms" in measured
        else None,
        line("images/s", figure(row["images_per_s"], "{:.1f}")),
        line("samples/s", figure(row["samples_per_s"], "{:.1f}")),
        line("", figure(row["forward_samples_per_s"], "{:.1f} the network alone")),
        line("whole", wall),
        *stages,
        line(
            "resumed",
            figure(measured.get("units_resumed") or None, "{} units of an earlier attempt, not in these times"),
        ),
        line("workers", figure(row["workers"], "{} threads that read and crop")),
        line("memory", figure(row["peak_memory_mb"], "{:.0f} MiB at most")),
        *_machine(_mapping(measured.get("machine"))),
    )


def size(row: Row) -> Section:
    """Return bytes, parameters and operations."""
    return section(
        "Size",
        line("file", figure(row["file_bytes"], "{:,} bytes")),
        line("parameters", figure(row["parameters"], "{:,}")),
        line("multiply-adds", figure(row["multiply_adds"], "{:,} a sample")),
    )


def verdict(facts: RunFacts) -> Section:
    """Return PASSED or FAILED, and each check."""
    if facts.status is None:
        return section("Verdict")
    lines = [Line("verdict", str(facts.status), GOOD if facts.status == "PASSED" else BAD)]
    for check in facts.verdict.get("checks", ()):
        measured, expected, tolerance = (check.get(name) for name in ("measured", "expected", "tolerance"))
        text = joined(
            figure(measured, "{:.4f} measured"),
            joined(figure(expected, "{:.4f}"), figure(tolerance, "{:.4f}"), by=" ± "),
            _text(check.get("source")),
        )
        missed = None not in (measured, expected, tolerance) and abs(measured - expected) > tolerance + 1e-12
        lines.append(Line(str(check.get("metric", "")), text or "", BAD if missed else ""))
    return section("Verdict", *lines)


def sensitivity(facts: RunFacts) -> Section:
    """Return the layers that cost most; the file has them in that order."""
    rows = facts.sensitivity.get("rows", ())
    lines = []
    for item in rows[:WORST_LAYERS]:
        ratio = figure(item.get("sqnr_db"), "{:.1f} dB") or "outputs equal"
        numbers = joined(
            ratio, figure(item.get("joint_shift"), "joints move {:.3f} px"), figure(item.get("ap"), "AP {:.4f}")
        )
        kind = "{} {} bits".format(item.get("kind", ""), item.get("bits", ""))
        lines.append(Line(str(item.get("layer", "")), "{}: {}".format(kind, numbers)))
    if len(rows) > WORST_LAYERS:
        lines.append(Line("", "and {} more in sensitivity.json".format(len(rows) - WORST_LAYERS), QUIET))
    alone = {"one": ", each quantized alone", "all_but_one": ", each alone in float"}
    return section("Worst layers" + alone.get(str(facts.sensitivity.get("mode")), ""), *lines)


def command(facts: RunFacts) -> Section:
    """Return the command that made the run, as a shell takes it."""
    words = facts.measurements.get("command") or ()
    environment = facts.measurements.get("tox_env")
    return section(
        "Command",
        line("command", " ".join(quote(str(word)) for word in words)),
        line("tox environment", _text(environment)),
    )


def files(facts: RunFacts) -> Section:
    """Return what lies in the run directory."""
    lines = [Line(name, "{:>10,} bytes".format(count)) for name, count in sizes(facts.path)]
    return section("Files in {}".format(facts.path), *lines)


def sizes(path: Path) -> Iterator[Tuple[str, int]]:
    """Yield name and bytes of each entry of a run directory; a folder's bytes are its files'."""
    for entry in sorted(path.iterdir()):
        if entry.is_dir():
            yield entry.name + "/", sum(file.stat().st_size for file in entry.rglob("*") if file.is_file())
        else:
            yield entry.name, entry.stat().st_size


def _percentiles(found: Mapping[str, Any]) -> Optional[str]:
    return joined(*(figure(found.get(name), name + " {:.2f} ms") for name in ("p50", "p90", "p99")))


def _machine(found: Mapping[str, Any]) -> List[Optional[Line]]:
    threads = ", ".join("{}={}".format(*item) for item in sorted(_mapping(found.get("threads")).items()))
    return [
        line("machine", joined(_text(found.get("cpu")), figure(found.get("cores"), "{} cores"))),
        line("instructions", plain(found["instruction_sets"]) if found.get("instruction_sets") else None),
        line("threads", threads),
    ]


def _shard(found: Mapping[str, Any]) -> Line:
    text = joined(
        figure(found.get("samples_per_s"), "{:.1f} samples/s"),
        figure(found.get("wall_s"), "{:.2f} s"),
        _text(_mapping(found.get("machine")).get("cpu")),
    )
    return Line("shard {}".format(found.get("shard", "?")), text or "-")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> Optional[str]:
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)
