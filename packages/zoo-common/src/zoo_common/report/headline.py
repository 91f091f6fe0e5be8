"""The verdict over all runs, in plain words."""

from typing import List, NamedTuple, Sequence, Tuple

from zoo_common.report.entries import FEEBLE, Entry, Prediction
from zoo_common.report.formats import counted, percent, signed, signed_span
from zoo_common.report.judgement import KEPT, is_borderline, is_significant, judge
from zoo_common.report.precision import FULL


class Statement(NamedTuple):
    """One sentence of the headline: ``good``, ``bad`` or ``plain``."""

    tone: str
    text: str


def headline(entries: Sequence[Entry], predictions: Sequence[Prediction]) -> List[Statement]:
    """Return the verdict over all runs."""
    lower = [entry for entry in entries if entry.style != FULL and entry.share is not None]
    feeble = list(dict.fromkeys(entry.run.model for entry in entries if entry.feeble))
    statements = []
    if feeble:
        text = "{}: AP below {} in fp32. Not made for this data; a share of nothing says nothing, and is not told."
        statements.append(Statement("bad", text.format(", ".join(feeble), FEEBLE)))
    if lower:
        statements += [_kept(lower), _significant(lower)]
    elif not feeble:
        statements.append(Statement("plain", "No run of a lower precision has an fp32 run here to be held against."))
    statements += _simulated(predictions)
    failed = [_name(entry) for entry in entries if entry.run.status == "FAILED"]
    if failed:
        statements.append(Statement("bad", "Not at the value the model card expects: {}.".format(", ".join(failed))))
    return statements


def _kept(lower: Sequence[Entry]) -> Statement:
    kept = [entry for entry in lower if entry.share >= KEPT - 1]
    sure = [entry for entry in kept if _surely_kept(entry)]
    many = counted(len(lower), "lower-precision run", "lower-precision runs")
    text = "{} of {} {} at least 99\u202f% of the fp32 AP".format(
        len(kept), many, "keeps" if len(kept) == 1 else "keep"
    )
    if kept:
        whom = "all" if len(sure) == len(kept) else "{} of them".format(len(sure))
        text += "; for {} the interval leaves no doubt".format(whom)
    lost = ["{} ({})".format(_name(entry), percent(entry.share, 2)) for entry in lower if entry not in kept]
    text += ". Below: {}.".format(", ".join(lost)) if lost else "."
    return Statement("bad" if lost else "good", text)


def _surely_kept(entry: Entry) -> bool:
    change = entry.change
    return change.interval is not None and change.interval.low >= (KEPT - 1) * change.reference


def _significant(lower: Sequence[Entry]) -> Statement:
    real = [entry for entry in lower if is_significant(entry.comparison)]
    losses, gains = ([e for e in real if (e.change.difference < 0) is loss] for loss in (True, False))
    parts: List[Tuple[str, Sequence[Entry]]] = []
    if losses:
        parts.append(("Significant loss" if len(losses) == 1 else "Significant losses", losses))
    if gains:
        parts.append(("Significant gain" if len(gains) == 1 else "Significant gains", gains))
    doubtful = [entry for entry in lower if is_borderline(entry.comparison)]
    if doubtful:
        parts.append(("Borderline, interval and test disagree", doubtful))
    text = " ".join("{}: {}.".format(word, "; ".join(map(_difference, found))) for word, found in parts)
    if not losses:
        text = "No loss is significant. " + text
    return Statement("bad" if losses else "good", text.strip())


def _simulated(predictions: Sequence[Prediction]) -> List[Statement]:
    judged = [(item.pair.simulated, judge(item).word) for item in predictions]
    known = [(run, word) for run, word in judged if word != "open"]
    if not known:
        return []
    names = {
        word: ", ".join("{} {}".format(run.model, run.precision) for run, found in known if found == word)
        for word in ("predicted", "missed", "undecided")
    }
    count = sum(word == "predicted" for _, word in known)
    many = counted(len(known), "simulation", "simulations")
    text = "{} of {} predicted the executed AP to within 1\u202f%.".format(count, many)
    if names["missed"]:
        text += " Not predicted: {}.".format(names["missed"])
    if names["undecided"]:
        text += " Undecided on these images: {}.".format(names["undecided"])
    return [Statement("bad" if names["missed"] else "good" if count == len(known) else "plain", text)]


def _name(entry: Entry) -> str:
    return "{} {}".format(entry.run.model, entry.run.precision)


def _difference(entry: Entry) -> str:
    change = entry.change
    return "{} {} AP ({})".format(_name(entry), signed(change.difference, 4), signed_span(change.interval, 4))
