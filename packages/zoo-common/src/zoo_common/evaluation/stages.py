"""Where the time goes: CPU seconds of the loader's threads, wall seconds of the network, peak memory."""

import contextlib
import threading
import time
from typing import Any, Dict, Iterator, List, Sequence

import numpy as np
import psutil


class Stages:
    """Adds up the time of named stages, safely from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cpu: Dict[str, float] = {}
        self._wall: Dict[str, float] = {}
        self._batches: List[float] = []
        self._begin = time.perf_counter()
        self._begin_cpu = time.process_time()

    @contextlib.contextmanager
    def cpu(self, name: str) -> Iterator[None]:
        """Charge the CPU time of this thread to a stage; for work that overlaps the network."""
        start = time.thread_time()
        try:
            yield
        finally:
            self._add(self._cpu, name, time.thread_time() - start)

    @contextlib.contextmanager
    def wall(self, name: str) -> Iterator[None]:
        """Charge wall time to a stage; for work on the main thread."""
        start = time.perf_counter()
        try:
            yield
        finally:
            elapsed = time.perf_counter() - start
            self._add(self._wall, name, elapsed)
            if name == "forward":
                self._batches.append(elapsed)

    def _add(self, table: Dict[str, float], name: str, seconds: float) -> None:
        with self._lock:
            table[name] = table.get(name, 0.0) + seconds

    def summary(self, images: int, samples: int) -> Dict[str, Any]:
        """Return the measurements of a run as JSON; rates are absent when nothing was evaluated."""
        wall = time.perf_counter() - self._begin
        result: Dict[str, Any] = {
            "wall_s": wall,
            "cpu_s": time.process_time() - self._begin_cpu,
            "stage_cpu_s": dict(self._cpu),
            "stage_wall_s": dict(self._wall),
            "images": images,
            "samples": samples,
        }
        if samples:
            result["images_per_s"] = images / wall
            result["samples_per_s"] = samples / wall
        if self._wall.get("forward"):
            result["forward_only_samples_per_s"] = samples / self._wall["forward"]
            result["batch_latency_ms"] = percentiles_ms(self._batches)
        peak = _peak_memory_mb()
        if peak is not None:
            result["peak_memory_mb"] = peak
        return result


def percentiles_ms(seconds: Sequence[float]) -> Dict[str, float]:
    """Return ``p50``, ``p90`` and ``p99`` of some times, in milliseconds."""
    found = np.percentile(seconds, [50, 90, 99])
    return {name: float(value) * 1e3 for name, value in zip(("p50", "p90", "p99"), found)}


def _peak_memory_mb() -> Any:
    try:
        import resource
    except ImportError:  # Windows
        peak = getattr(psutil.Process().memory_info(), "peak_wset", None)
        return None if peak is None else peak / (1 << 20)
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
