"""The data that runs were made on, where it is at hand: annotations for the gallery, photographs behind them."""

from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

from zoo_common.coco import CocoDataset, open_coco
from zoo_common.errors import ZooError
from zoo_common.frontend.data import embedded_folders
from zoo_common.report.groups import Group


class Sources:
    """Finds the data of a group of runs among some folders and, for drawn pictures, in the cache.

    Args:
        folders: COCO trees.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = list(folders)
        self._opened: Dict[Tuple[Path, str, str], CocoDataset] = {}

    def of(self, group: Group) -> Tuple[Optional[CocoDataset], str]:
        """Return the group's data, or None and why not: only what has the very fingerprint of the runs is taken."""
        reasons: List[str] = []
        for folder in self._folders + (embedded_folders() if group.synthetic else []):
            try:
                dataset = self._open(folder, group)
            except ZooError as error:
                reasons.append(str(error))
                continue
            if dataset.fingerprint == group.fingerprint:
                return dataset, ""
            reasons.append("{}: other images or annotations than the runs'".format(folder))
        return None, "; ".join(reasons) or "the data of these runs is not at hand"

    def _open(self, folder: Path, group: Group) -> CocoDataset:
        reference = group.runs[0].manifest.dataset
        kind = reference.annotation_file.rsplit("_", 1)[0]
        kind = kind if kind in ("person_keypoints", "instances") else _KINDS[group.type]
        key = (folder, reference.split, kind)
        if key not in self._opened:
            self._opened[key] = open_coco(folder, split=reference.split, kind=kind)
        dataset = self._opened[key]
        return dataset if reference.limit is None else dataset.limit(reference.limit)


_KINDS = {"keypoints": "person_keypoints", "bbox": "instances"}
