"""The run directory: the only thing that passes between environments."""

from zoo_common.runs.directory import RunDirectory, open_run
from zoo_common.runs.manifest import Calibration, DatasetRef, Manifest, ModelRef, Shard, Software
from zoo_common.runs.merge import merge
from zoo_common.runs.scoring import score_run

__all__ = [
    "Calibration",
    "DatasetRef",
    "Manifest",
    "ModelRef",
    "RunDirectory",
    "Shard",
    "Software",
    "merge",
    "open_run",
    "score_run",
]
