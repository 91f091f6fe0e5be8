"""From a network's maps to people."""

from typing import List, NamedTuple

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.paf.fields import FieldSampler
from zoo_common.paf.fit import Fit
from zoo_common.paf.limbs import connect
from zoo_common.paf.operators import map_operator
from zoo_common.paf.peaks import find_peaks
from zoo_common.paf.people import Person, assemble, prune, to_person
from zoo_common.paf.skeleton import HEATMAPS, JOINTS, PAFS

MAX_PEAKS = 128


class PafMaps(NamedTuple):
    """What a network returns for one image.

    Attributes:
        heatmaps: float32 [19, h, w]: the joints of `JOINTS`, then the background (it may be left out).
        pafs: float32 [38, h, w]: x and y of each limb's field, at the channels `LIMBS` names.
    """

    heatmaps: np.ndarray
    pafs: np.ndarray


class Decoded(NamedTuple):
    """The people of an image, and of how many joints only the best peaks were looked at (0 on sane maps)."""

    people: List[Person]
    capped_joints: int


def decode(maps: PafMaps, place: Fit, max_peaks: int = MAX_PEAKS) -> Decoded:
    """Find the people on an image.

    The answer is that of `zoo_common.paf.plain.decode_plain`, which reads like the published procedure: the same
    peaks, the same joints, scores equal to float32 rounding.

    Args:
        maps: the network's output for the input that `place` describes.
        place: from `fit`.
        max_peaks: of a joint; only the best are looked at.

    Raises:
        ZooError: the maps have other shapes, or hold numbers that are not finite.
    """
    heatmaps, pafs = checked(maps, place)
    operator = map_operator(place)
    peaks = find_peaks(heatmaps, operator, max_peaks)
    connections = connect(peaks, FieldSampler(pafs, operator), place.image[0])
    rows = prune(assemble(connections, peaks.score.tolist()))
    return Decoded([to_person(row, peaks) for row in rows], peaks.capped)


def checked(maps: PafMaps, place: Fit) -> PafMaps:
    """Return the joints' heatmaps and the fields as contiguous float32.

    Raises:
        ZooError: as `decode`.
    """
    heatmaps, pafs = (np.asarray(part) for part in maps)
    joints = len(JOINTS)
    if (
        heatmaps.shape not in ((HEATMAPS,) + place.cells, (joints,) + place.cells)
        or pafs.shape != (PAFS,) + place.cells
    ):
        message = "the network returned maps {} and {}; heatmaps {} and fields {} are wanted"
        raise ZooError(message.format(heatmaps.shape, pafs.shape, (HEATMAPS,) + place.cells, (PAFS,) + place.cells))
    heatmaps = np.ascontiguousarray(heatmaps[:joints], np.float32)
    if not (np.isfinite(heatmaps).all() and np.isfinite(pafs).all()):
        raise ZooError("the network returned numbers that are not finite")
    return PafMaps(heatmaps, pafs)
