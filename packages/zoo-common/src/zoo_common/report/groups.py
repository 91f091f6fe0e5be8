"""Runs sorted by the data they were made on: only runs over the same images and annotations meet."""

from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

from zoo_common.report.precision import style_of
from zoo_common.runs.facts import RunFacts

_WHAT = {"keypoints": "People", "bbox": "Objects"}


@dataclass(frozen=True)
class Group:
    """Scored runs over the same images and annotations.

    Attributes:
        label: what the page calls the data.
        type: ``keypoints`` or ``bbox``.
        fingerprint: of images and annotations, as the manifests have it.
        synthetic: the pictures were drawn.
        runs: by model, the widest precision first.
    """

    label: str
    type: str
    fingerprint: str
    synthetic: bool
    runs: Tuple[RunFacts, ...]

    @property
    def measure(self) -> str:
        """What similarity is called: OKS of people, IoU of boxes."""
        return "IoU" if self.type == "bbox" else "OKS"

    @property
    def models(self) -> List[str]:
        """The models' names, in order."""
        return list(dict.fromkeys(run.model for run in self.runs))

    def of(self, model: str) -> List[RunFacts]:
        """Return a model's runs."""
        return [run for run in self.runs if run.model == model]


def is_scored(run: RunFacts) -> bool:
    """Tell whether a run has numbers to show."""
    return run.manifest.complete and run.manifest.shard is None and bool(run.stats) and "type" in run.score


def state(run: RunFacts) -> str:
    """Say what is missing of a run that has no numbers."""
    shard = run.manifest.shard
    if shard is not None:
        return "shard {} of {}: waits for zoo merge".format(shard.index, shard.count)
    if not run.manifest.complete:
        return "incomplete: its own command goes on from where it stopped"
    return "complete, not scored: zoo score {} --data DIR".format(run.path)


def groups_of(runs: Sequence[RunFacts]) -> List[Group]:
    """Return the groups of the scored runs: people before objects, photographs before drawings."""
    found: Dict[Tuple[str, str], List[RunFacts]] = {}
    for run in runs:
        if is_scored(run):
            found.setdefault((run.score["type"], run.manifest.dataset.fingerprint), []).append(run)
    labels = [_label(members[0]) for members in found.values()]
    groups = []
    for (kind, fingerprint), members in found.items():
        label = _label(members[0])
        if labels.count(label) > 1:
            label += ", fingerprint " + fingerprint[:8]
        order = sorted(members, key=lambda run: (run.model, style_of(run).order, run.precision, str(run.path)))
        groups.append(Group(label, kind, fingerprint, members[0].manifest.dataset.synthetic, tuple(order)))
    return sorted(groups, key=lambda group: (group.type == "bbox", group.synthetic, group.label))


def _label(run: RunFacts) -> str:
    images = run.manifest.dataset.images
    return "{} on {}, {} image{}".format(_WHAT[run.score["type"]], run.data, images, "" if images == 1 else "s")
