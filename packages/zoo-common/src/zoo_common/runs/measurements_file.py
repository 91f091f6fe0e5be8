"""The document `measurements.json`: time, memory, machine. Whatever was not measured is absent."""

from typing import Dict, Optional, Tuple

from typing_extensions import Literal

from zoo_common.runs.manifest import Count, Positive
from zoo_common.schema import Document


class Percentiles(Document):
    """Of wall-clock milliseconds."""

    p50: float
    p90: float
    p99: float


class Latency(Document):
    """How ``latency_ms`` was measured."""

    batch_size: Positive
    calls: Positive
    warm_up: Count


class Machine(Document):
    """What the measurements were made on."""

    cpu: str
    cores: Positive
    threads: Dict[str, str] = {}
    """Environment variables that set numbers of threads or their places."""
    instruction_sets: Optional[Tuple[str, ...]] = None


class Measurements(Document):
    """What one process measured while it made the predictions of a run, or of a shard."""

    schema_version: Literal[1] = 1
    command: Optional[Tuple[str, ...]] = None
    """The command line as typed: the program's name, then its arguments."""
    tox_env: Optional[str] = None
    """The tox environment that ran it."""
    machine: Optional[Machine] = None
    workers: Optional[Positive] = None
    """Threads that read and cropped."""
    images: Optional[Count] = None
    """In this process; what an interrupted one had finished is not in it, nor in the times."""
    samples: Optional[Count] = None
    units_resumed: Optional[Count] = None
    """Units that an interrupted process had finished."""
    wall_s: Optional[float] = None
    cpu_s: Optional[float] = None
    stage_cpu_s: Optional[Dict[str, float]] = None
    """CPU seconds of the stages that overlap the network, by name."""
    stage_wall_s: Optional[Dict[str, float]] = None
    """Wall seconds of the stages that do not, by name."""
    images_per_s: Optional[float] = None
    samples_per_s: Optional[float] = None
    forward_only_samples_per_s: Optional[float] = None
    batch_latency_ms: Optional[Percentiles] = None
    """Of one batch of the evaluation, as the protocol runs it."""
    latency_ms: Optional[Percentiles] = None
    """Of one sample at a time, as the protocol runs it (twice under a flip test); of executed networks only."""
    latency: Optional[Latency] = None
    peak_memory_mb: Optional[float] = None
    """Largest resident memory of the process so far, in MiB."""


class ShardMeasurements(Measurements):
    """Those of one shard."""

    shard: Positive


class MeasurementsFile(Measurements):
    """Those of a run; of a merged one, those of its shards."""

    shards: Optional[Tuple[ShardMeasurements, ...]] = None
