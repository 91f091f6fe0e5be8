"""The written dataset: the same bytes every time, complete or resumable, never over somebody else's files."""

import hashlib
import json
from pathlib import Path

import pytest

from zoo_common.errors import ZooError
from zoo_common.synthetic import contact_sheet, dataset, generate

TRAIN, VAL = 22, 3


def digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock"):
        total.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("synthetic") / "data"
    return out, generate(out, train=TRAIN, val=VAL, seed=3, progress=False)


def test_layout_and_summary(made):
    out, summary = made
    assert summary.images == {"train2017": TRAIN, "val2017": VAL}
    assert not summary.reused
    assert not (out / ".unfinished").exists()
    for split, count in summary.images.items():
        assert len(list((out / "images" / split).glob("*.jpg"))) == count
        for kind in ("person_keypoints", "instances"):
            document = json.loads((out / "annotations" / "{}_{}.json".format(kind, split)).read_text())
            assert len(document["images"]) == count
        assert len(document["annotations"]) == summary.instances[split]
    assert "22 images" in str(summary)


def test_workers_make_the_same_bytes(made, tmp_path):
    generate(tmp_path / "two", train=TRAIN, val=VAL, seed=3, workers=2, progress=False)
    assert digest(tmp_path / "two") == digest(made[0])


def test_another_seed_makes_other_pictures(made, tmp_path):
    generate(tmp_path / "other", train=1, val=0, seed=4, progress=False)
    name = "images/train2017/000000000001.jpg"
    assert (tmp_path / "other" / name).read_bytes() != (made[0] / name).read_bytes()


def test_val_does_not_depend_on_train(made, tmp_path):
    generate(tmp_path / "val", train=0, val=VAL, seed=3, progress=False)
    for name in ("annotations/instances_val2017.json", "annotations/person_keypoints_val2017.json"):
        assert (tmp_path / "val" / name).read_bytes() == (made[0] / name).read_bytes()


def test_second_call_draws_nothing(made, monkeypatch):
    monkeypatch.setattr(dataset, "render", None)  # drawing would fail
    assert generate(made[0], train=TRAIN, val=VAL, seed=3, progress=False).reused


def test_interrupted_generation_goes_on(made, tmp_path, monkeypatch):
    out = tmp_path / "data"
    drawn = []

    def render(seed, split, index):
        if len(drawn) == 21:  # in the second block
            raise KeyboardInterrupt
        drawn.append((split, index))
        return true_render(seed, split, index)

    true_render = dataset.render
    monkeypatch.setattr(dataset, "render", render)
    with pytest.raises(KeyboardInterrupt):
        generate(out, train=TRAIN, val=VAL, seed=3, progress=False)
    assert not (out / "synthetic.json").exists()
    with pytest.raises(ZooError, match=r"seed 3 \(asked 4\)"):
        generate(out, train=TRAIN, val=VAL, seed=4, progress=False)
    del drawn[:]
    monkeypatch.setattr(dataset, "render", lambda *key: drawn.append(key) or true_render(*key))
    generate(out, train=TRAIN, val=VAL, seed=3, progress=False)
    assert len(drawn) == TRAIN + VAL - dataset.BLOCK  # the finished block was not drawn again
    assert digest(out) == digest(made[0])


def test_refuses_what_is_not_its_own(made, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(ZooError, match=r"thesis\.txt"):
        generate(tmp_path, train=1, val=1, progress=False)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(ZooError, match="not a folder"):
        generate(tmp_path / "thesis.txt", train=1, val=1, progress=False)
    with pytest.raises(ZooError, match=r"train 22 \(asked 23\)"):
        generate(made[0], train=TRAIN + 1, val=VAL, seed=3, progress=False)


@pytest.mark.parametrize("wrong", [{"train": -1}, {"val": 1.5}, {"seed": -3}, {"workers": 0}, {"train": True}])
def test_wrong_numbers_are_named(tmp_path, wrong):
    with pytest.raises(ZooError, match=next(iter(wrong))):
        generate(tmp_path / "x", progress=False, **wrong)
    assert not (tmp_path / "x").exists()


def test_contact_sheet(made, tmp_path):
    path = contact_sheet(made[0], tmp_path / "sheet.jpg", rows=2, width=600)
    assert path.read_bytes()[:3] == b"\xff\xd8\xff"
    with pytest.raises(ZooError, match="cannot read"):
        contact_sheet(tmp_path / "nothing", tmp_path / "sheet.jpg")
