"""The loop: it repeats itself, goes on where it was interrupted, and stops where the loss is no number."""

import shutil

import numpy as np
import pytest

from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_tf2_rle.tensorflow2 import tf
from zoo_tf2_rle.training.loop import Plan, train
from zoo_tf2_rle.training.people import people_of_tree
from zoo_tf2_rle.training.state import State

IDENTITY = {"people": "some", "config": {"seed": 0, "sizes": [64, 48]}}


class Killed(BaseException):
    pass


@pytest.fixture
def run(begin, make_config, tmp_path):
    """Train eight steps, saving every fourth; returns the losses and the weights."""

    def call(folder=None, config=None, after=lambda steps, reading: None, rate=lambda number: 0.01, steps=8):
        step, batches = begin(config or make_config())
        state = None if folder is None else State(folder, step, IDENTITY)
        plan = Plan(steps, rate, lambda done: done % 4 == 0, after, threads=1)
        losses = train(step, batches, plan, state, tmp_path, progress=False)
        return losses, step.network.get_weights()

    return call


def test_one_seed_gives_one_training(run, make_config):
    losses, weights = run()
    again, same = run()
    assert losses == again and len(losses) == 8
    assert all(np.array_equal(one, other) for one, other in zip(weights, same))
    assert run(config=make_config(OPTIONS={"SEED": 1}), steps=1)[0] != losses[:1]


def test_an_interrupted_training_goes_on_to_the_same_weights(run, tmp_path):
    losses, weights = run()

    def killed(steps, reading):
        if steps == 6:
            raise Killed

    with pytest.raises(Killed):
        run(tmp_path / "state", after=killed)
    assert tf.train.latest_checkpoint(str(tmp_path / "state")).endswith("ckpt-4")
    rows = tmp_path / "state" / "losses.jsonl"
    assert len(rows.read_text().splitlines()) == 4
    rows.write_text(rows.read_text() + '{"step": 5, "lo')  # killed while the next checkpoint was written
    seen = []
    again, same = run(tmp_path / "state", after=lambda steps, reading: seen.append(steps))
    assert (again, seen) == (losses, [5, 6, 7, 8])
    assert all(np.array_equal(one, other) for one, other in zip(weights, same))
    assert len(rows.read_text().splitlines()) == 8
    assert run(tmp_path / "state")[0] == losses  # nothing left to do


def test_a_folder_that_cannot_be_gone_on_with(run, begin, make_config, tmp_path):
    folder = tmp_path / "state"
    run(folder, steps=4)
    (tmp_path / "file").write_text("")
    step, _ = begin(make_config())
    other = dict(IDENTITY, config={"seed": 1, "sizes": [64, 48]})
    with pytest.raises(ZooError, match=r"training.json: of another training; choose another OUTPUT.DIR .*seed"):
        State(folder, step, other)
    with pytest.raises(ZooError, match=r"cannot write .*file"):
        State(tmp_path / "file" / "state", step, IDENTITY)
    for name, content, message in (
        ("checkpoint", "", "checkpoint: damaged, or the checkpoint it names is gone; remove .*broken to start over"),
        ("checkpoint", "junk", "checkpoint: damaged"),
        ("checkpoint", None, r"holds the losses of 3 steps, the checkpoint is of step 4"),
        ("ckpt-4.data-00000-of-00001", "", r"ckpt-4: a damaged checkpoint \(.*\); remove it to start over"),
        ("ckpt-4.index", "no", r"ckpt-4: a damaged checkpoint \(.*\); remove it to start over"),
    ):
        broken = tmp_path / "broken"
        shutil.copytree(folder, broken)
        if content is None:
            rows = (broken / "losses.jsonl").read_text().splitlines(keepends=True)
            (broken / "losses.jsonl").write_text("".join(rows[:3]))
        else:
            (broken / name).write_text(content)
        with pytest.raises(ZooError, match=message) as fault:
            State(broken, step, IDENTITY).restore()
        assert "\n" not in str(fault.value)
        shutil.rmtree(broken)


def test_a_rate_that_explodes_leaves_the_batch_and_the_checkpoint(run, begin, make_config, tmp_path):
    folder = tmp_path / "state"
    with pytest.raises(ZooError, match=r"training stopped at step 7: .*its batch is in .*7-rows-0-3\.npz") as fault:
        run(folder, rate=lambda number: 1e30 if number == 5 else 0.01)
    assert "\n" not in str(fault.value)
    _, batches = begin(make_config())
    with np.load(tmp_path / "not-a-number-7-rows-0-3.npz") as found:
        for name, part in batches(6)._asdict().items():
            np.testing.assert_array_equal(found[name], part)
    assert tf.train.latest_checkpoint(str(folder)).endswith("ckpt-4")
    assert len(run(folder)[0]) == 8  # at a lower rate


def test_a_target_that_is_no_number_stops_the_training(begin, make_config, people, tmp_path):
    step, batches = begin(make_config(AUG={"HALF_BODY_PROB": 0}))
    batches._people = people._replace(joints=people.joints * np.nan)
    with pytest.raises(ZooError, match="training stopped at step 1: the loss is nan"):
        train(step, batches, Plan(2, lambda number: 0.01, lambda done: True), None, tmp_path, progress=False)
    with np.load(tmp_path / "not-a-number-1-rows-0-3.npz") as found:
        assert np.isnan(found["targets"]).any() and np.isfinite(found["images"]).all()


def test_a_picture_that_cannot_be_read_is_named(begin, make_config, tree, task, tmp_path):
    shutil.copytree(tree, tmp_path / "coco")
    for photograph in (tmp_path / "coco/images/train2017").iterdir():
        photograph.write_bytes(photograph.read_bytes()[:100])
    step, batches = begin(make_config())
    batches._people = people_of_tree(open_coco(tmp_path / "coco", split="train2017"), task, 1)
    with pytest.raises(ZooError, match=r"coco/images/train2017/\d+\.jpg") as fault:
        train(step, batches, Plan(2, lambda number: 0.01, lambda done: True), None, tmp_path, progress=False)
    assert "\n" not in str(fault.value)
