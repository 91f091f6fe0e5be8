"""Checking a dataset: everything wrong with it, each fault named and counted."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

from zoo_common.coco.annotations import FAULTS, Content, is_id, is_number, is_numbers, name_of
from zoo_common.coco.dataset import CocoDataset
from zoo_common.coco.images import read_image, read_size
from zoo_common.coco.naming import is_file
from zoo_common.errors import ZooError

NAMED = 20


@dataclass(frozen=True)
class Finding:
    """One kind of fault: how often it occurs and the first 20 occurrences by name."""

    kind: str
    count: int
    named: Tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What `check` found. ``findings`` is empty for a clean dataset."""

    description: str
    findings: Tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def to_dict(self) -> Dict[str, Any]:
        """Return the report as plain JSON values."""
        found = [{"kind": f.kind, "count": f.count, "named": list(f.named)} for f in self.findings]
        return {"description": self.description, "ok": self.ok, "findings": found}

    def __str__(self) -> str:
        lines = [self.description]
        for finding in self.findings:
            lines.append("{}: {}".format(finding.kind, finding.count))
            lines += ["  {}".format(name) for name in finding.named]
            if finding.count > len(finding.named):
                lines.append("  ... and {} more".format(finding.count - len(finding.named)))
        return "\n".join(lines if self.findings else lines + ["no faults found"])


class _Findings:
    def __init__(self) -> None:
        self.counts: Dict[str, int] = Counter()
        self.named: Dict[str, List[str]] = {}

    def add(self, kind: str, name: str) -> None:
        self.counts[kind] += 1
        names = self.named.setdefault(kind, [])
        if len(names) < NAMED:
            names.append(name)


def check(dataset: CocoDataset, deep: bool = False) -> Report:
    """Check annotations and photographs.

    Open the dataset with ``validate=False`` to have every fault listed; a validated one can only have
    those that an evaluation tolerates. The annotations of the whole file are checked, the photographs of
    the (possibly limited) dataset.

    Args:
        dataset: from `zoo_common.coco.layout.open_coco`.
        deep: decode every photograph instead of reading its header only.
    """
    findings = _Findings()
    for field in FAULTS:
        _check_entries(findings, dataset.content, field, dataset.kind)
    _check_references(findings, dataset.content)
    _check_values(findings, dataset.content, dataset.kind)
    _check_photographs(findings, dataset, deep)
    found = tuple(Finding(kind, count, tuple(findings.named[kind])) for kind, count in findings.counts.items())
    return Report(dataset.describe(), found)


def _check_entries(findings: _Findings, content: Content, field: str, kind: str) -> None:
    seen = set()
    for position, entry in enumerate(content[field]):
        name = name_of(entry, field, position)
        for fault in FAULTS[field](entry, kind):
            subject = fault.split(" ", 1)[0] if isinstance(entry, dict) else "entry"
            findings.add("{}: unusable {}".format(field, subject), "{}: {}".format(name, fault))
        if isinstance(entry, dict) and is_id(entry.get("id")):
            if entry["id"] in seen:
                findings.add("{}: id used twice".format(field), name)
            seen.add(entry["id"])


def _check_references(findings: _Findings, content: Content) -> None:
    known = {
        field: {e["id"] for e in content[field] if isinstance(e, dict) and is_id(e.get("id"))}
        for field in ("images", "categories")
    }
    for position, entry in enumerate(content["annotations"]):
        if not isinstance(entry, dict):
            continue
        name = name_of(entry, "annotations", position)
        for target, reference in (("images", "image_id"), ("categories", "category_id")):
            if is_id(entry.get(reference)) and entry[reference] not in known[target]:
                kind = "annotations: {} not among {}".format(reference, target)
                findings.add(kind, "{}: {} {}".format(name, reference, entry[reference]))


def _check_values(findings: _Findings, content: Content, kind: str) -> None:
    for position, entry in enumerate(content["annotations"]):
        if not isinstance(entry, dict):
            continue
        name = name_of(entry, "annotations", position)
        box = entry.get("bbox")
        if is_numbers(box, 4) and (box[2] <= 0 or box[3] <= 0):
            findings.add("annotations: box without area", "{}: bbox {}".format(name, box))
        if is_number(entry.get("id")) and entry["id"] == 0:
            findings.add("annotations: id 0 (COCOeval takes a match with it for none)", name)
        keypoints, stated = entry.get("keypoints"), entry.get("num_keypoints")
        if kind == "person_keypoints" and is_numbers(keypoints, 51) and is_id(stated):
            labelled = sum(1 for visibility in keypoints[2::3] if visibility > 0)
            if labelled != stated:
                message = "{}: num_keypoints {}, but {} labelled joints".format(name, stated, labelled)
                findings.add("annotations: num_keypoints disagrees with keypoints", message)


def _check_photographs(findings: _Findings, dataset: CocoDataset, deep: bool) -> None:
    for image in dataset.images:
        path = dataset.image_path(image)
        if not is_file(path):
            findings.add("photographs: missing", "image {}: {}".format(image.id, path))
            continue
        try:
            size = read_image(path).shape[1::-1] if deep else read_size(path)
        except ZooError as error:
            findings.add("photographs: unreadable", "image {}: {}".format(image.id, error))
            continue
        if tuple(size) != (image.width, image.height):
            message = "image {}: annotated {} x {}, file {} x {} ({})"
            findings.add("photographs: size mismatch", message.format(image.id, image.width, image.height, *size, path))
