"""What the CPU and the libraries underneath are, for reports and for choosing integer arithmetic."""

import ctypes
import functools
from pathlib import Path
from typing import AbstractSet, FrozenSet, Optional

import mxnet as mx


@functools.lru_cache(maxsize=None)
def cpu_flags() -> FrozenSet[str]:
    """Return the instruction sets the CPU reports (empty where /proc/cpuinfo is absent)."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        if line.startswith("flags"):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def has_vnni(flags: Optional[AbstractSet[str]] = None) -> bool:
    """Whether oneDNN can multiply bytes into 32-bit sums without saturating in between.

    Args:
        flags: the CPU's instruction sets; None asks this one.
    """
    return bool({"avx512_vnni", "avx_vnni"} & (cpu_flags() if flags is None else flags))


def instruction_set() -> str:
    """Return the widest instruction set that matters to int8 convolutions."""
    flags = cpu_flags()
    for flag, name in (
        ("amx_int8", "AVX512 AMX-INT8"),
        ("avx512_vnni", "AVX512 VNNI"),
        ("avx512bw", "AVX512 without VNNI"),
        ("avx_vnni", "AVX2 VNNI"),
        ("avx2", "AVX2 without VNNI"),
    ):
        if flag in flags:
            return name
    return "unknown"


class _Version(ctypes.Structure):
    _fields_ = [("major", ctypes.c_int), ("minor", ctypes.c_int), ("patch", ctypes.c_int)]


def onednn_version() -> str:
    """Return the version of the oneDNN inside MXNet, or "unknown" where it is not exported."""
    for symbol in ("dnnl_version", "mkldnn_version"):
        try:
            function = getattr(mx.base._LIB, symbol)
        except AttributeError:
            continue
        function.restype = ctypes.POINTER(_Version)
        found = function().contents
        return "{}.{}.{}".format(found.major, found.minor, found.patch)
    return "unknown"
