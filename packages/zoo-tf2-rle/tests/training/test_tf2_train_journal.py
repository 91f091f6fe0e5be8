"""TensorBoard gets every step; what an extra would do is refused where it is not installed."""

import importlib.util
import sys

import pytest

from zoo_common.errors import ZooError
from zoo_tf2_rle.tensorflow2 import tf
from zoo_tf2_rle.training.colours import colours_of
from zoo_tf2_rle.training.journal import Journal


def events(folder):
    """Return value by (name, step) of all event files."""
    found = {}
    for file in sorted((folder / "tensorboard").iterdir()):
        for event in tf.compat.v1.train.summary_iterator(str(file)):
            for value in event.summary.value:
                found[value.tag, event.step] = float(tf.make_ndarray(value.tensor))
    return found


def test_scalars_by_step(make_config, tmp_path):
    for first in (1, 3):  # the second time a training goes on
        journal = Journal(tmp_path, make_config())
        for step in (first, first + 1):
            journal.add(step, {"loss": step / 2, "AP": 0.25})
        journal.close()
    loss = {("loss", step): step / 2 for step in range(1, 5)}
    assert events(tmp_path) == {**loss, **{("AP", step): 0.25 for step in range(1, 5)}}


def test_workers_leave_it_to_the_chief(make_config, tmp_path):
    journal = Journal(tmp_path, make_config(WANDB={"USE": True}), writes=False)
    journal.add(1, {"loss": 1.0})
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_extras_that_are_not_installed(make_config, tmp_path, monkeypatch):
    for name in ("wandb", "albumentations"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ZooError, match=r"WANDB.USE: wandb is not installed \(an extra: zoo-tf2-rle\[wandb\]\)"):
        Journal(tmp_path, make_config(WANDB={"USE": True}))
    with pytest.raises(ZooError, match=r"AUG.ALBUM: albumentations is not installed \(an extra: .*\[albumentations\]"):
        colours_of(make_config(AUG={"ALBUM": True}))
    assert colours_of(make_config()) is None


def test_weights_and_biases_gets_the_same(make_config, tmp_path, monkeypatch):
    calls = []

    class Wandb:
        def init(self, **options):
            calls.append((options["project"], options["name"]))
            return self

        def log(self, values, step):
            calls.append((values, step))

        def finish(self):
            calls.append("finished")

    monkeypatch.setitem(sys.modules, "wandb", Wandb())
    journal = Journal(tmp_path, make_config(WANDB={"USE": True, "PROJECT": "p", "SUBTITLE": "trial"}))
    journal.add(3, {"loss": 0.5})
    journal.close()
    assert calls == [("p", "tiny_trial"), ({"loss": 0.5}, 3), "finished"]


@pytest.mark.skipif(importlib.util.find_spec("albumentations") is None, reason="albumentations is not installed")
def test_colours_of_albumentations_repeat_themselves(make_config, crops):
    change, crop = colours_of(make_config(AUG={"ALBUM": True})), (crops[0].numpy() * 100 + 100).astype("uint8")
    seen = [change(crop, seed) for seed in range(20)]
    assert all((change(crop, seed) == before).all() for seed, before in enumerate(seen))
    assert any((before != crop).any() for before in seen)
