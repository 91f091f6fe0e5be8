"""The people or objects that suffered most from quantization: a card each, a strip of cards a pair of runs."""

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from zoo_common.coco import CocoDataset, read_results
from zoo_common.comparison import AnnotationChange
from zoo_common.errors import ZooError
from zoo_common.report.crop import Photograph, Region, photograph_of, region_of
from zoo_common.report.drawing import Shape, displacements, outline, shape_of, shifts
from zoo_common.report.entries import Entry
from zoo_common.runs.directory import RESULTS
from zoo_common.runs.facts import RunFacts

LEAST_LOSS = 0.01
"""Fall of OKS or IoU from which a person or object is worth a card."""


class Layer(NamedTuple):
    """Path data of lines and joints; ``name`` is ``truth``, ``reference``, ``candidate`` or ``shift``."""

    name: str
    lines: str
    joints: str = ""


@dataclass(frozen=True)
class Card:
    """One person or object, with all that is drawn over it.

    Attributes:
        change: similarity of both runs.
        file_name: of the photograph; empty where the data is not at hand.
        category: its name, for objects.
        moved: the joints that moved farthest, and how far in image pixels.
        region: what the card shows, in image pixels.
        photograph: what lies behind; None where it is not at hand.
        layers: from bottom to top.
    """

    change: AnnotationChange
    file_name: str
    category: str
    moved: List[Tuple[str, float]]
    region: Region
    photograph: Optional[Photograph]
    layers: List[Layer]


@dataclass(frozen=True)
class Strip:
    """The cards of one pair of runs, worst first."""

    entry: Entry
    measure: str
    cards: List[Card]


class Gallery:
    """Draws the strips of one group of runs. Reads the photographs of its cards only.

    Args:
        dataset: the runs' data; None where it is not at hand.
        count: cards a pair of runs, at most.
    """

    def __init__(self, dataset: Optional[CocoDataset], count: int) -> None:
        self._dataset = dataset
        self._count = count
        self._files = {image.id: image for image in dataset.images} if dataset is not None else {}
        self._results: Dict[str, List[Dict[str, Any]]] = {}

    def strip(self, entry: Entry) -> Optional[Strip]:
        """Return the worst changes of a run against its reference; None where nothing got worse.

        Raises:
            ZooError: a results file is damaged.
        """
        comparison = entry.comparison
        if comparison is None or entry.reference is None:
            return None
        worst = [change for change in comparison.annotations if change.change <= -LEAST_LOSS][: self._count]
        people = comparison.type == "keypoints"
        cards = [self._card(change, entry.reference, entry.run, people) for change in worst]
        kept = [card for card in cards if card is not None]
        self._results.pop(str(entry.run.path / RESULTS), None)  # many runs' results would not fit; the reference's stay
        return Strip(entry, "OKS" if people else "IoU", kept) if kept else None

    def _card(self, change: AnnotationChange, reference: RunFacts, run: RunFacts, people: bool) -> Optional[Card]:
        truth = self._truth(change, people)
        before = self._detection(reference, change.reference_detection, people)
        after = self._detection(run, change.candidate_detection, people)
        shapes = [shape for shape in (truth, before, after) if shape is not None and len(shape.points)]
        if not shapes:
            return None
        image = self._files.get(change.image_id)
        region = region_of(shapes, (image.width, image.height) if image is not None else None)
        origin = (region.x, region.y)
        layers = [
            Layer(name, *outline(shape, origin))
            for name, shape in (("truth", truth), ("reference", before), ("candidate", after))
            if shape is not None
        ]
        moved: List[Tuple[str, float]] = []
        if before is not None and after is not None:
            moved = displacements(before, after)
            layers.append(Layer("shift", shifts(before, after, origin)))
        return Card(
            change=change,
            file_name=image.file_name if image is not None else "",
            category="" if people else category_names(self._dataset).get(change.category_id, str(change.category_id)),
            moved=moved,
            region=region,
            photograph=self._photograph(change.image_id, region),
            layers=layers,
        )

    def _truth(self, change: AnnotationChange, people: bool) -> Optional[Shape]:
        if self._dataset is None or change.image_id not in self._files:
            return None
        for annotation in self._dataset.annotations(change.image_id):
            if annotation["id"] == change.annotation_id:
                return shape_of(annotation, people)
        return None

    def _detection(self, run: RunFacts, place: Optional[int], people: bool) -> Optional[Shape]:
        if place is None:
            return None
        file = run.path / RESULTS
        if str(file) not in self._results:
            self._results[str(file)] = read_results(file, "keypoints" if people else "bbox")
        return shape_of(self._results[str(file)][place], people)

    def _photograph(self, image_id: int, region: Region) -> Optional[Photograph]:
        if self._dataset is None or image_id not in self._files:
            return None
        try:
            return photograph_of(self._dataset.read(self._files[image_id]), region)
        except ZooError:
            return None


def category_names(dataset: Optional[CocoDataset]) -> Mapping[int, str]:
    """Return the categories' names by id; none where the data is not at hand."""
    return {} if dataset is None else {c["id"]: str(c.get("name", c["id"])) for c in dataset.categories}


def strips(gallery: Gallery, entries: Sequence[Entry]) -> List[Strip]:
    """Return the strips of all entries that have one."""
    return [strip for strip in map(gallery.strip, entries) if strip is not None]
