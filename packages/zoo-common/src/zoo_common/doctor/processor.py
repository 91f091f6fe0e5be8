"""The processor: model, usable cores, instruction sets that decide how fast integers run."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Dict, List, Optional, Set

# Linux flag -> the name people use.
INSTRUCTION_SETS = {
    "avx2": "AVX2",
    "avx512f": "AVX512F",
    "avx512_vnni": "AVX512-VNNI",
    "avx_vnni": "AVX-VNNI",
    "amx_int8": "AMX-INT8",
    "asimddp": "NEON dot product",
}
VNNI = ("AVX512-VNNI", "AVX-VNNI", "AMX-INT8", "NEON dot product")

_SYSCTL = {
    "hw.optional.avx2_0": "avx2",
    "hw.optional.avx512f": "avx512f",
    "hw.optional.avx512vnni": "avx512_vnni",
    "hw.optional.arm.FEAT_DotProd": "asimddp",
}


def model() -> Optional[str]:
    """Return the processor's name, or None where the system does not tell."""
    return _cpuinfo().get("model name") or _sysctl("machdep.cpu.brand_string") or platform.processor() or None


def instruction_sets() -> List[str]:
    """Return the names of the instruction sets present, of those that matter here."""
    flags = _flags()
    return [name for flag, name in INSTRUCTION_SETS.items() if flag in flags]


def cores() -> int:
    """Return the cores this process may use: its affinity mask, cut by the container's quota."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota()
    return count if quota is None else max(1, min(count, quota))


def _quota() -> Optional[int]:
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return None if limit == "max" else int(limit) // int(period)
    except (OSError, ValueError):
        return None


def _flags() -> Set[str]:
    info = _cpuinfo()
    listed = info.get("flags") or info.get("Features")
    if listed:
        return set(listed.split())
    return {flag for key, flag in _SYSCTL.items() if _sysctl(key) == "1"}


def _cpuinfo(path: str = "/proc/cpuinfo") -> Dict[str, str]:
    """Return the fields of the first processor."""
    fields: Dict[str, str] = {}
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return fields
    for line in text.split("\n\n")[0].splitlines():
        key, _, value = line.partition(":")
        fields[key.strip()] = value.strip()
    return fields


def _sysctl(key: str) -> Optional[str]:
    if platform.system() != "Darwin":
        return None
    try:
        done = subprocess.run(["sysctl", "-n", key], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode().strip() or None if done.returncode == 0 else None
