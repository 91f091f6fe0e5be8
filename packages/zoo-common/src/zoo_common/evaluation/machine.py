"""The machine a measurement was made on."""

import os
import platform
from typing import Any, Dict

ISA_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8")


def machine() -> Dict[str, Any]:
    """Return CPU name, cores usable by this process, instruction sets that matter to int8, and thread settings."""
    name, flags = _cpuinfo()
    found: Dict[str, Any] = {
        "cpu": name or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": {key: os.environ[key] for key in ("OMP_NUM_THREADS", "KMP_AFFINITY") if key in os.environ},
    }
    if flags:
        found["instruction_sets"] = [flag for flag in ISA_FLAGS if flag in flags]
    return found


def _cpuinfo() -> Any:
    name, flags = "", set()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            for line in stream:
                key, _, value = line.partition(":")
                if key.strip() == "model name" and not name:
                    name = value.strip()
                elif key.strip() in ("flags", "Features") and not flags:
                    flags = set(value.split())
    except OSError:
        pass
    return name, flags
