"""Which tensors, and which of their channels, are heatmaps and part-affinity fields."""

import re
from typing import List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from zoo_common.errors import ZooError
from zoo_common.paf import HEATMAPS, PAFS, PafMaps

_FORM = re.compile(r"^([^\[\],\s]+?)(?::0)?(?:\[(\d+):(\d+)\])?$")


class Part(NamedTuple):
    """Channels ``first`` to ``last`` (exclusive; None: all) of an operation's first output."""

    operation: str
    first: Optional[int] = None
    last: Optional[int] = None

    def of(self, outputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return float32 [N, C, h, w] out of arrays [N, h, w, channels]; a view.

        Raises:
            ZooError: the array is no map, or has fewer channels.
        """
        found = outputs[self.operation]
        if found.ndim != 4 or (self.last is not None and found.shape[3] < self.last):
            raise ZooError("output {}: shape {} has no such channels".format(self, found.shape))
        return found[..., self.first : self.last].transpose(0, 3, 1, 2)

    def __str__(self) -> str:
        channels = "" if self.last is None else "[{}:{}]".format(self.first, self.last)
        return "{}:0{}".format(self.operation, channels)


class Parts(NamedTuple):
    """Where a network's maps are."""

    heatmaps: Part
    pafs: Part

    def operations(self) -> List[str]:
        """Return the operations' names, each once."""
        return list(dict.fromkeys(part.operation for part in self))

    def of(self, outputs: Mapping[str, np.ndarray]) -> PafMaps:
        """Return the maps, float32 [N, 19, h, w] and [N, 38, h, w]."""
        return PafMaps(self.heatmaps.of(outputs), self.pafs.of(outputs))


def parts_of(outputs: Sequence[str], source: str) -> Parts:
    """Read ``[HEATMAPS, PAFS]``, or one tensor with 19 heatmaps before 38 fields; each NAME, NAME:0 or NAME[a:b].

    Raises:
        ZooError: there are more, or one is not of that form.
    """
    if len(outputs) not in (1, 2):
        raise ZooError("{}: heatmaps and fields are one tensor or two, not {}".format(source, len(outputs)))
    found = [_part(text, source) for text in outputs]
    if len(found) == 2:
        return Parts(*found)
    (both,) = found
    if both.last is not None:
        raise ZooError(
            "{}: '{}': say which channels are heatmaps and which fields: A[0:19],A[19:57]".format(source, both)
        )
    return Parts(both._replace(first=0, last=HEATMAPS), both._replace(first=HEATMAPS, last=HEATMAPS + PAFS))


def _part(text: str, source: str) -> Part:
    match = _FORM.match(text)
    if match is None:
        raise ZooError("{}: '{}' is not NAME, NAME:0 or NAME[a:b]".format(source, text))
    name, first, last = match.groups()
    if ":" in name:
        raise ZooError("{}: '{}': only first outputs (':0') can be named".format(source, text))
    if first is None:
        return Part(name)
    if int(first) >= int(last):
        raise ZooError("{}: '{}': an empty range of channels".format(source, text))
    return Part(name, int(first), int(last))
