"""The loop: any sharding, any interruption, the same bytes; failures are named or counted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.evaluation import predict
from zoo_common.evaluation.loop import parse_shard
from zoo_common.files import read_json
from zoo_common.runs import RunDirectory, Shard, merge, open_run, score_run
from zoo_fakes import ColourNetwork, manifest_for

NOT_COMPARED = {"measurements.json"}


def contents(folder):
    files = [path for path in sorted(Path(str(folder)).rglob("*")) if path.is_file()]
    return {str(p.relative_to(str(folder))): p.read_bytes() for p in files if p.name not in NOT_COMPARED}


@pytest.fixture
def whole(coco_tree, small_task, colour_network, tmp_path):
    dataset = open_coco(coco_tree)
    out = tmp_path / "whole"
    predict(small_task, colour_network, dataset, manifest_for(dataset, small_task, colour_network), out)
    score_run(out, dataset)
    return out


def test_a_run_holds_what_it_promises(whole, coco_tree):
    assert set(contents(whole)) == {"manifest.json", "predictions.jsonl", "results.json", "score.json", "matches.npz"}
    counts = read_json(whole / "manifest.json")["counts"]
    assert counts == {
        **{"samples": 12, "samples_evaluated": 12, "samples_failed": 0},
        **{"images": 9, "images_evaluated": 9, "images_failed": 0},
    }
    assert len(read_json(whole / "results.json")) == 12
    measured = read_json(whole / "measurements.json")
    assert measured["samples"] == 12 and set(measured["stage_cpu_s"]) == {"decode", "preprocess", "postprocess"}


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_merged_shards_equal_the_whole_run(count, whole, coco_tree, small_task, colour_network, tmp_path):
    dataset = open_coco(coco_tree)
    shards = []
    for index in range(1, count + 1):
        shards.append(tmp_path / "shard{}".format(index))
        manifest = manifest_for(dataset, small_task, colour_network, shard=Shard(index=index, count=count))
        predict(small_task, colour_network, dataset, manifest, shards[-1])
    merge(list(reversed(shards)), tmp_path / "merged")
    score_run(tmp_path / "merged", dataset)
    assert contents(tmp_path / "merged") == contents(whole)


def test_merge_names_what_is_wrong(whole, coco_tree, small_task, colour_network, tmp_path):
    dataset = open_coco(coco_tree)
    for index, size in ((1, 4), (2, 5)):
        manifest = manifest_for(dataset, small_task, colour_network, size, shard=Shard(index=index, count=2))
        predict(small_task, colour_network, dataset, manifest, tmp_path / str(index))
    with pytest.raises(ZooError, match=r"missing of 2 shards: 2"):
        merge([tmp_path / "1"], tmp_path / "m")
    with pytest.raises(ZooError, match=r"batch_size: 4 -> 5"):
        merge([tmp_path / "1", tmp_path / "2"], tmp_path / "m")
    with pytest.raises(ZooError, match="not a shard"):
        merge([whole], tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_unlike_run_in_the_same_folder_is_refused(whole, coco_tree, small_task, colour_network):
    dataset = open_coco(coco_tree)
    before = contents(whole)
    with pytest.raises(ZooError, match=r"holds another run.*batch_size: 4 -> 2"):
        predict(small_task, colour_network, dataset, manifest_for(dataset, small_task, colour_network, 2), whole)
    assert contents(whole) == before


SCRIPT = """
import sys, time
sys.path[:0] = [{tests!r}]
from zoo_fakes import ColourNetwork, manifest_for
from zoo_common.coco import open_coco
from zoo_common.evaluation import predict
from zoo_common.runs import score_run
from zoo_common.tasks import TopDownHeatmap
from zoo_common.tasks.topdown_heatmap import TopDownHeatmapOptions

class Slow(ColourNetwork):
    def __call__(self, batch):
        time.sleep(0.01)
        return super().__call__(batch)

dataset = open_coco({data!r})
task, network = TopDownHeatmap(TopDownHeatmapOptions(input_size=(64, 48), flip_test=True)), Slow()
print("ready", flush=True)
predict(task, network, dataset, manifest_for(dataset, task, network, 1), {out!r})
score_run({out!r}, dataset)
"""


def test_kill_9_at_any_moment_then_again_ends_with_the_same_bytes(coco_tree, small_task, colour_network, tmp_path):
    """Kills land from before the first unit to after the score; every survivor of a kill goes on."""
    dataset = open_coco(coco_tree)
    undisturbed = tmp_path / "undisturbed"
    predict(small_task, colour_network, dataset, manifest_for(dataset, small_task, colour_network, 1), undisturbed)
    score_run(undisturbed, dataset)
    out = tmp_path / "killed"
    here = Path(__file__).parent
    script = SCRIPT.format(tests=str(here.parent), data=str(coco_tree), out=str(out))
    rng, kills = np.random.RandomState(5), 0
    for _ in range(4):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.25))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.stdout.close()
        process.wait()
    assert kills >= 2
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert contents(out) == contents(undisturbed)


def test_two_processes_in_one_run_directory(coco_tree, small_task, colour_network, tmp_path):
    dataset = open_coco(coco_tree)
    manifest = manifest_for(dataset, small_task, colour_network)
    with RunDirectory(tmp_path / "run", manifest), pytest.raises(ZooError, match="another process"):
        predict(small_task, colour_network, dataset, manifest, tmp_path / "run")
    predict(small_task, colour_network, dataset, manifest, tmp_path / "run")


@pytest.mark.parametrize("damage", ["missing", "truncated", "empty"])
def test_a_bad_image_is_named_or_counted(damage, coco_tree, small_task, colour_network, tmp_path):
    dataset = open_coco(coco_tree)
    bad = dataset.image_path(dataset.images[3])
    if damage == "missing":
        bad.unlink()
    else:
        bad.write_bytes(bad.read_bytes()[: 300 if damage == "truncated" else 0])
    dataset = open_coco(coco_tree)
    with pytest.raises(ZooError, match=bad.name):
        predict(small_task, colour_network, dataset, manifest_for(dataset, small_task, colour_network), tmp_path / "a")
    manifest = manifest_for(dataset, small_task, colour_network, skip_missing=True)
    done = predict(small_task, colour_network, dataset, manifest, tmp_path / "b")
    assert (done.counts.images_failed, done.counts.samples_failed) == (1, 3)
    assert done.failed[0].image_id == dataset.images[3].id
    assert str(coco_tree) not in (tmp_path / "b" / "manifest.json").read_text(), "no machine path in the result"
    assert score_run(tmp_path / "b", dataset).image_count == 8


def test_limit_evaluates_and_scores_exactly_those_images(coco_tree, small_task, colour_network, tmp_path):
    dataset = open_coco(coco_tree)
    part = dataset.limit(4)
    predict(small_task, colour_network, part, manifest_for(part, small_task, colour_network, limit=4), tmp_path / "run")
    assert score_run(tmp_path / "run", dataset).image_count == 4
    ids = {entry["image_id"] for entry in read_json(tmp_path / "run" / "results.json")}
    assert ids <= {image.id for image in dataset.images[:4]}


def test_numbers_that_are_not_finite_are_refused(coco_tree, small_task, tmp_path):
    class Broken(ColourNetwork):
        def __call__(self, batch):
            return super().__call__(batch) * np.float32("nan")

    dataset = open_coco(coco_tree)
    with pytest.raises(ZooError, match="not finite"):
        predict(small_task, Broken(), dataset, manifest_for(dataset, small_task, Broken()), tmp_path / "run")


def test_shard_argument():
    assert parse_shard("2/3") == (2, 3)
    for text in ("0/3", "4/3", "1", "a/b", "1/2/3", "-1/2", ""):
        with pytest.raises(ZooError, match="--shard"):
            parse_shard(text)


def test_merge_measures_before_it_is_complete(coco_tree, small_task, colour_network, tmp_path, monkeypatch):
    dataset = open_coco(coco_tree)
    manifest = manifest_for(dataset, small_task, colour_network, shard=Shard(index=1, count=1))
    predict(small_task, colour_network, dataset, manifest, tmp_path / "shard")
    monkeypatch.setattr(
        sys.modules["zoo_common.runs.merge"], "finish", None
    )  # what comes first is there whenever the run is complete
    with pytest.raises(TypeError):
        merge([tmp_path / "shard"], tmp_path / "merged")
    assert (tmp_path / "merged" / "measurements.json").exists()


def test_scoring_keeps_out_of_a_run_in_use(whole, coco_tree):
    dataset, manifest = open_coco(coco_tree), open_run(whole).manifest
    before = contents(whole)
    with RunDirectory(whole, manifest), pytest.raises(ZooError, match="another process is writing this run"):
        score_run(whole, dataset)
    assert contents(whole) == before
