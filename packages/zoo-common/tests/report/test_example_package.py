"""The package of docs/add-a-model.md, installed for real: found, evaluated, compared; the page shows its very code."""

import re
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest
import tomllib

from zoo_common.cli.main import main
from zoo_common.coco import open_coco
from zoo_common.comparison import compare_runs
from zoo_common.errors import ZooError
from zoo_common.files import read_json
from zoo_common.frontend import CalibrationSet
from zoo_common.frontend.installed import backend_of
from zoo_common.synthetic import generate
from zoo_common.tasks import task_from_protocol

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "examples" / "zoo-linear"
MODEL = "linear_demo"
FILES = (("network.py", "backend.py"), ("train.py",))


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A drawn COCO tree."""
    root = tmp_path_factory.mktemp("drawn") / "coco"
    generate(root, train=8, val=40, seed=3, progress=False)
    return root


@pytest.fixture
def evaluate(tree, tmp_path, monkeypatch, capsys):
    """Return a function that evaluates the example in a new folder; it returns the runs by precision."""

    def call(folder):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        with pytest.raises(SystemExit) as stop:
            options = ["--data", str(tree), "--calibration-samples", "8", "--no-progress", "--no-latency"]
            main(["evaluate", MODEL, "--precision", "fp32,int8", *options])
        assert stop.value.code == 0, capsys.readouterr().err
        runs = [tmp_path / folder / line[5:] for line in capsys.readouterr().out.splitlines() if line[:5] == "run: "]
        return {read_json(run / "manifest.json")["precision"]: run for run in runs}

    return call


def test_it_is_an_installed_package_that_the_zoo_finds(capsys):
    declared = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]["zoo.backends"]
    found = [entry for entry in distribution("zoo-linear").entry_points if entry.group == "zoo.backends"]
    assert (
        {entry.name: entry.value for entry in found} == declared == {"zoo-linear": "zoo_linear.backend:LinearBackend"}
    )
    with pytest.raises(SystemExit):
        main(["list"])
    assert any(line.split()[:2] == ["zoo-linear", MODEL] for line in capsys.readouterr().out.splitlines())


def test_two_evaluations_are_equal_and_their_precisions_compare(evaluate):
    first, second = evaluate("first"), evaluate("second")
    for precision, run in first.items():
        for name in ("manifest.json", "predictions.jsonl", "results.json", "score.json"):
            assert (run / name).read_bytes() == (second[precision] / name).read_bytes(), name
    found = compare_runs(first["fp32"], first["int8"], replicates=50)
    assert not found.unlike and found.images == 40
    ap = next(change for change in found.statistics if change.name == "AP")
    assert ap.reference > 0.03 and abs(ap.difference) < 0.02
    assert (first["fp32"] / "predictions.jsonl").read_bytes() != (first["int8"] / "predictions.jsonl").read_bytes()
    assert read_json(first["int8"] / "manifest.json")["calibration"]["evaluated_images_seen"] == 0


def test_its_integers_are_integers_and_their_ranges_come_from_calibration(tree):
    backend = backend_of(MODEL)
    card = backend.registry.get(MODEL)
    task, evaluated = task_from_protocol(card.protocol()), open_coco(tree)
    calibration = CalibrationSet(task, evaluated, open_coco(tree, split="train2017"), 8)
    whole, integers = (backend.build(card, name, calibration, None).network for name in ("fp32", "int8"))
    assert integers.integers.dtype == np.int8 and abs(integers.integers).max() == 127
    batch = next(calibration.batches(4))
    inputs = batch.mean(axis=1).reshape(len(batch), -1)
    step = integers.input_scale * abs(whole.weights).sum(axis=0) + abs(inputs).max() * inputs.shape[1] * (
        abs(whole.weights).max(axis=0) / 127
    )
    assert (abs(integers.multiply(inputs) - whole.multiply(inputs)) <= step / 2).all()
    np.testing.assert_array_equal(integers.multiply(1000 * inputs), integers.multiply(2000 * inputs))  # saturated
    size = Path(card.root / card.weights[0].file).stat().st_size
    assert size < 200_000 and card.weights[0].sha256


def test_a_damaged_file_of_weights_is_refused(tmp_path, monkeypatch):
    backend = backend_of(MODEL)
    card = backend.registry.get(MODEL)
    card.came_from(card.path, tmp_path, card.sha256)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "linear_demo.npz").write_bytes(b"x" * card.weights[0].size)
    with pytest.raises(ZooError, match=r"linear_demo.npz: expected sha256"):
        backend.build(card, "fp32", None, None)


def test_the_page_shows_the_code_of_the_package():
    page = (ROOT / "docs" / "add-a-model.md").read_text()
    shown = re.findall(r"`examples/zoo-linear/([^`]+)`:\n\n```\w+\n(.*?)```\n", page, re.DOTALL)
    assert len(shown) >= 4
    for name, block in shown:
        assert block in (EXAMPLE / name).read_text(), "docs/add-a-model.md shows another " + name
    source = EXAMPLE / "src" / "zoo_linear"
    lines = [sum(len((source / name).read_text().splitlines()) for name in names) for names in FILES]
    words = "{} lines of Python in all, the script that fits the weights another {}"
    assert words.format(*lines) in " ".join(page.split())
