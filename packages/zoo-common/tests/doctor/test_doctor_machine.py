import os
from pathlib import Path

import pytest

from zoo_common.artifacts.cache import cache_dir
from zoo_common.doctor import processor, storage

CPUINFO = "processor\t: 0\nmodel name\t: Example CPU\nflags\t\t: fpu {}\n\nprocessor\t: 1\nmodel name\t: Other\n"


@pytest.mark.parametrize(
    "flags, names",
    [
        ("avx", []),
        ("avx2", ["AVX2"]),
        ("avx2 avx512f avx512_vnni", ["AVX2", "AVX512F", "AVX512-VNNI"]),
        ("avx512_vnnix", []),
    ],
)
def test_instruction_sets_are_read_whole_words(tmp_path, monkeypatch, flags, names):
    path = tmp_path / "cpuinfo"
    path.write_text(CPUINFO.format(flags))
    fields = processor._cpuinfo(str(path))
    monkeypatch.setattr(processor, "_cpuinfo", lambda: fields)
    assert processor.instruction_sets() == names
    assert processor.model() == "Example CPU"


def test_a_system_without_cpuinfo_is_no_error(tmp_path):
    assert processor._cpuinfo(str(tmp_path / "absent")) == {}


def test_macs_are_asked_by_sysctl(monkeypatch):
    answers = {"hw.optional.arm.FEAT_DotProd": "1", "hw.optional.avx2_0": "0", "machdep.cpu.brand_string": "Apple"}
    monkeypatch.setattr(processor, "_cpuinfo", dict)
    monkeypatch.setattr(processor, "_sysctl", answers.get)
    assert processor.instruction_sets() == ["NEON dot product"]
    assert processor.model() == "Apple"


def test_usable_cores_follow_affinity_and_quota(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    for quota, cores in ((None, 8), (3, 3), (0, 1), (64, 8)):
        monkeypatch.setattr(processor, "_quota", lambda quota=quota: quota)
        assert processor.cores() == cores


def test_free_space_of_a_folder_not_yet_made(tmp_path):
    assert storage.free_bytes(tmp_path / "a" / "b") > 0


def test_the_model_cache_is_where_downloads_put_it(monkeypatch, tmp_path):
    monkeypatch.delenv("ZOO_CACHE", raising=False)
    assert Path(storage.caches()[0].path) == cache_dir()
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "mine"))
    assert Path(storage.caches()[0].path) == cache_dir() == tmp_path / "mine"
