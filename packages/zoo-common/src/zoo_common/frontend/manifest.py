"""What a run says of itself: card, network, protocol, data, software."""

import argparse
import os
import platform
from typing import Dict, Optional, Sequence, Tuple

from zoo_common.cards import Card
from zoo_common.coco import CocoDataset
from zoo_common.files import sha256_file
from zoo_common.frontend.backend import Backend, Built
from zoo_common.frontend.calibration import CalibrationSet
from zoo_common.frontend.data import is_synthetic
from zoo_common.runs import DatasetRef, Manifest, ModelRef, Shard, Software


def manifest_of(
    backend: Backend,
    card: Card,
    precision: str,
    built: Built,
    calibration: CalibrationSet,
    dataset: CocoDataset,
    shard: Optional[Tuple[int, int]],
    args: argparse.Namespace,
) -> Manifest:
    """Return the manifest of a run of ``built`` on ``dataset``, already limited to the images asked for."""
    return Manifest(
        model=ModelRef(name=card.name, card_sha256=card.sha256, weights=built.weights),
        precision=precision,
        network=built.network.describe(),
        protocol=calibration.task.protocol(),
        dataset=DatasetRef(
            split=dataset.split,
            annotation_file=dataset.annotation_file.name,
            fingerprint=dataset.fingerprint,
            images=len(dataset.images),
            limit=args.limit,
            synthetic=is_synthetic(dataset.root),
        ),
        software=Software(
            packages=installed_versions(backend.distributions), python=platform.python_version(), lock_sha256=_lock()
        ),
        batch_size=args.batch_size,
        skip_missing=args.skip_missing,
        calibration=calibration.record() if calibration.used else None,
        shard=Shard(index=shard[0], count=shard[1]) if shard else None,
    )


def installed_versions(distributions: Sequence[str]) -> Dict[str, str]:
    """Return the versions of the zoo's common distributions and of these, by name; what is not installed is absent."""
    try:
        from importlib.metadata import PackageNotFoundError, version
    except ImportError:  # Python 3.7
        from importlib_metadata import PackageNotFoundError, version  # type: ignore[no-redef]
    found = {}
    for name in ("zoo-common", "numpy", "opencv-python-headless") + tuple(distributions):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _lock() -> Optional[str]:
    path = os.environ.get("ZOO_LOCK")
    return sha256_file(path) if path else None
