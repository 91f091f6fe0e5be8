"""`zoo backends`, `list`, `evaluate`, `predict`: packages that declare themselves, good ones and bad ones."""

import json
import sys

import pytest

from zoo_common.cli.main import main
from zoo_common.files import read_json

MODULE = """
from typing import ClassVar
from zoo_common.cards import Registry
from zoo_common.frontend import Backend, Built
from zoo_fakes import ColourNetwork

class Colours(Backend):
    command = "zoo-{name}"
    distributions = ("{name}",)
    default_model = "colour_{name}"
    default_precisions = ("fp32", "other")

    def __init__(self):
        self.registry = Registry({cards!r})

    def add_arguments(self, parser):
        parser.add_argument("--shade", default="none")

    def build(self, card, precision, calibration, args):
        print("shade", args.shade, args.command)
        return Built(ColourNetwork(), [])
"""
CARD = """
schema: 1
name: {name}
title: Colours
task: topdown-heatmap
task_options: {{crop: gluoncv, flip_test: false, decode: quarter}}
framework: colours
network: {{builder: colour}}
input: {{height: 64, width: 48, color: rgb, mean: [0.5, 0.5, 0.5], std: [1.0, 1.0, 1.0]}}
precisions:
  fp32: {{execution: executed, weight_bits: 32, activation_bits: 32}}
  other: {{execution: executed, weight_bits: 16, activation_bits: 16}}
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that puts a distribution with a backend and cards on the path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(tmp_path)

    def add(name, cards, module=MODULE):
        monkeypatch.delitem(sys.modules, name, raising=False)
        folder = tmp_path / ("cards_of_" + name)
        folder.mkdir()
        for card in cards:
            (folder / (card + ".yaml")).write_text(CARD.format(name=card))
        (site / (name + ".py")).write_text(module.format(name=name, cards=str(folder)))
        info = site / "{}-1.5.dist-info".format(name)
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: {}\nVersion: 1.5\n".format(name))
        (info / "entry_points.txt").write_text("[zoo.backends]\nzoo-{0} = {0}:Colours\n".format(name))

    return add


def zoo(capsys, *argv):
    """Run the command line; returns exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as stop:
        main([str(arg) for arg in argv])
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


def test_list_and_backends_go_on_past_a_package_that_does_not_import(install, capsys):
    install("fakered", ["colour_fakered", "plain"])
    install("fakebroken", ["x"], "import no_such_framework\n")
    install("fakewrong", ["x"], "Colours = dict\n")
    for command in ("backends", "list"):
        code, out, err = zoo(capsys, command)
        assert code == 1 and "zoo-fakered" in out and "zoo-fakebroken" not in out
        broken, wrong = sorted(err.splitlines())
        assert broken.startswith("zoo: zoo-fakebroken (of fakebroken 1.5): fakebroken:Colours cannot be loaded: ")
        assert broken.endswith("No module named 'no_such_framework'")
        assert wrong == "zoo: zoo-fakewrong (of fakewrong 1.5): fakewrong:Colours gives no Backend but {}"
    rows = [line.split()[:4] for line in out.splitlines() if line.startswith("zoo-fakered")]
    assert rows == [["zoo-fakered", name, "64x48", "fp32,other"] for name in ("colour_fakered", "plain")]


def test_evaluate_takes_the_package_that_has_the_card_and_its_own_options(install, coco_tree, capsys):
    install("fakegreen", ["colour_fakegreen"])
    install("fakeblue", ["colour_fakeblue"])
    data = ["--data", coco_tree, "--limit", 3, "--no-progress", "--shade", "dark"]
    code, out, err = zoo(capsys, "evaluate", "colour-fakeblue", *data)
    assert code == 0 and out.count("shade dark evaluate") == 2, err
    runs = [line[5:] for line in out.splitlines() if line.startswith("run: ")]
    manifests = [read_json(run + "/manifest.json") for run in runs]
    assert [item["precision"] for item in manifests] == ["fp32", "other"], "the package's own default"
    assert {item["model"]["name"] for item in manifests} == {"colour_fakeblue"}
    code, out, _ = zoo(capsys, "predict", "colour_fakegreen", *data, "--shard", "1/2", "--out", "shard")
    assert code == 0 and read_json("shard/manifest.json")["shard"] == {"index": 1, "count": 2}


def test_two_packages_with_one_name_ask_for_a_choice(install, coco_tree, capsys):
    install("fakeone", ["same_name"])
    install("faketwo", ["same_name"])
    data = ["--data", coco_tree, "--limit", 2, "--precision", "fp32", "--no-progress"]
    code, _, err = zoo(capsys, "evaluate", "same_name", *data)
    assert code == 2 and err == (
        "zoo: error: same_name: zoo-fakeone (of fakeone 1.5) and zoo-faketwo (of faketwo 1.5) have a model of this "
        "name; choose with --backend NAME\n"
    )
    code, out, _ = zoo(capsys, "evaluate", "--backend", "zoo-faketwo", "same_name", *data)
    run = next(line[5:] for line in out.splitlines() if line.startswith("run: "))
    assert code == 0 and "faketwo" in json.dumps(read_json(run + "/manifest.json")["software"])
    code, out, _ = zoo(capsys, "evaluate", "--backend", "zoo-fakeone", "--help")
    assert code == 0 and "--shade" in out and "usage: zoo evaluate" in out


@pytest.mark.parametrize(
    "argv, message",
    [
        (["colour_fakeon"], "unknown model 'colour_fakeon'; did you mean 'colour_fakeone'?"),
        (["--limit", "3"], "name the model first, or --backend: "),
        (["x", "--backend", "zoo-fakeon"], "--backend: unknown 'zoo-fakeon'; did you mean 'zoo-fakeone'?"),
        (["colour_fakeone", "--shades", "3"], "unrecognized arguments: --shades 3"),
    ],
)
def test_mistakes_are_one_line(argv, message, install, capsys):
    install("fakeone", ["colour_fakeone"])
    install("faketwo", ["colour_faketwo"])
    code, _, err = zoo(capsys, "evaluate", *argv)
    assert code == 2 and message in err and len(err.splitlines()) == 1


def test_help_does_not_import_any_package(install, capsys):
    install("fakebroken", ["x"], "raise SystemExit('imported')\n")
    for argv in (["--help"], ["evaluate", "--help"], ["predict", "-h"]):
        code, out, err = zoo(capsys, *argv)
        assert code == 0 and "usage: zoo" in out and err == ""


def test_where_nothing_is_installed_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr("zoo_common.frontend.installed.GROUP", "nobody.declares.this")
    for command in (["list"], ["evaluate", "hrnet_demo"]):
        code, _, err = zoo(capsys, *command)
        assert code == 2 and "no package with models is installed in this environment" in err
