"""`zoo` in this environment: finds this package by its entry point, and does what `zoo-torch` does."""

from pathlib import Path

import pytest

from zoo_common.cli.main import main as zoo
from zoo_common.files import read_json


def test_zoo_lists_this_package(capsys):
    with pytest.raises(SystemExit) as stop:
        zoo(["list"])
    assert stop.value.code == 0
    assert any(line.split()[:2] == ["zoo-torch", "hrnet_demo"] for line in capsys.readouterr().out.splitlines())


def test_zoo_evaluates_as_the_packages_own_command_does(tree, run, tmp_path, monkeypatch, capsys):
    options = ["--data", str(tree), "--limit", "4", "--calibration-samples", "4", "--threads", "1", "--no-latency"]
    found = []
    for folder, command in (("own", run), ("zoo", lambda *argv: zoo(list(argv)))):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        try:
            command("evaluate", "hrnet_demo", *options)
        except SystemExit as stop:
            assert stop.code == 0
        names = ("manifest.json", "predictions.jsonl", "score.json")
        found.append({str(path): path.read_bytes() for name in names for path in Path("runs").glob("*/" + name)})
    assert found[0] == found[1] and len(found[0]) == 4 * 3
    assert {read_json(name)["precision"] for name in found[0] if "manifest" in name} == {"fp32", "w8a8", "w4a8", "int8"}
