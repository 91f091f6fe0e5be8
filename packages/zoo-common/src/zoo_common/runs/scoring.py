"""Scoring a run: once, in whichever environment, from its COCO results file alone."""

from zoo_common.coco import CocoDataset
from zoo_common.errors import ZooError
from zoo_common.files import PathLike, write_json
from zoo_common.metrics import Score, match_inputs, prepare, score_inputs
from zoo_common.runs.directory import MATCHES, RESULTS, SCORE, RunDirectory, open_run
from zoo_common.runs.score_file import Evaluator, ScoreFile
from zoo_common.tasks import task_from_protocol


def score_run(path: PathLike, dataset: CocoDataset, engine: str = "auto") -> Score:
    """Score a complete run against the dataset it was made from; write ``score.json`` and ``matches.npz``.

    Exactly the images of the run are scored: all of the split, or the first ``limit``, less those that failed.

    Raises:
        ZooError: the run is incomplete, a shard or in use, or the dataset is not the one of the run.
    """
    run = open_run(path)
    if run.manifest.shard is not None:
        raise ZooError("{}: a shard is not scored; merge all {} first".format(path, run.manifest.shard.count))
    reference = run.manifest.dataset
    if reference.limit is not None:
        dataset = dataset.limit(reference.limit)
    if dataset.fingerprint != reference.fingerprint:
        raise ZooError(
            "{}: made from other images or annotations than {} (fingerprint {} here, {} in the run)".format(
                path, dataset.annotation_file, dataset.fingerprint[:12], reference.fingerprint[:12]
            )
        )
    task = task_from_protocol(run.manifest.protocol, str(path))
    failed = {image.image_id for image in run.manifest.failed}
    image_ids = [image.id for image in dataset.images if image.id not in failed]
    inputs = prepare(dataset, run.path / RESULTS, task.result_type, image_ids)
    found = score_inputs(inputs, engine)
    matches = match_inputs(inputs)
    with run:
        matches.save(run.path / MATCHES)
        write_json(run.path / SCORE, score_file(found, run).model_dump(mode="json", exclude_none=True))
    return found


def score_file(found: Score, run: RunDirectory) -> ScoreFile:
    """Return what ``score.json`` holds."""
    return ScoreFile(
        type=found.type,
        stats={name: value for name, value in found.stats.items() if value is not None},
        evaluator=Evaluator(engine=found.engine, version=found.engine_version),
        images_scored=found.image_count,
        detections=found.detection_count,
        counts=run.manifest.counts,
    )
