"""Two detectors of which everything is known: images drawn from one process, so that any number of them can be had."""

import dataclasses

import numpy as np

from zoo_common.metrics import Matches
from zoo_common.metrics.protocol import THRESHOLDS


def two_detectors(images, seed, loss=0.02, spread=0.04, people=2.2, false_alarms=0.5):
    """Return the matches of a reference and of a worse candidate on the same images; one category, all sizes alike.

    Args:
        images: how many are drawn.
        seed: of the drawing.
        loss: mean OKS that the candidate loses.
        spread: standard deviation of what it loses.
        people: mean number of annotations an image; an image's annotations are alike in difficulty.
        false_alarms: mean number of detections an image that match nothing.
    """
    rng = np.random.RandomState(seed)
    counts = rng.poisson(people, images)
    owner = np.repeat(np.arange(images), counts)
    hardness = np.repeat(rng.normal(0, 0.8, images), counts) + rng.normal(0, 1.0, len(owner))
    oks = 1 / (1 + np.exp(-(1.4 - hardness)))
    worse = np.clip(oks - rng.normal(loss, spread, len(owner)), 0, 1)
    strangers = np.repeat(np.arange(images), rng.poisson(false_alarms, images))
    both = []
    for quality in (oks, worse):
        alarm_scores = rng.beta(1.5, 4, len(strangers))
        scores = np.clip(quality * 0.8 + rng.normal(0, 0.12, len(owner)), 0, 1)
        both.append(_matches(images, owner, quality, scores, strangers, alarm_scores))
    return both


def _matches(images, owner, quality, scores, strangers, alarm_scores):
    image = np.concatenate([owner, strangers])
    score = np.concatenate([scores, alarm_scores])
    taken = np.full((3, len(THRESHOLDS), len(image)), -1, np.int32)
    taken[:, :, : len(owner)] = np.where(quality >= THRESHOLDS[:, None], np.arange(len(owner)), -1)
    order = np.lexsort((-score, image))
    taken, image, score = np.ascontiguousarray(taken[:, :, order]), image[order], score[order]
    rank = np.arange(len(image)) - np.searchsorted(image, image, side="left")
    place = np.argsort(order)[: len(owner)].astype(np.int32)
    return Matches(
        type="keypoints",
        image_ids=np.arange(images, dtype=np.int64),
        category_ids=np.array([1], np.int64),
        dt_image=image.astype(np.int32),
        dt_category=np.zeros(len(image), np.int32),
        dt_rank=rank.astype(np.int32),
        dt_score=score,
        dt_index=np.arange(len(image), dtype=np.int64),
        dt_match=taken,
        dt_ignored=np.zeros(taken.shape, bool),
        gt_id=np.arange(len(owner), dtype=np.int64),
        gt_image=owner.astype(np.int32),
        gt_category=np.zeros(len(owner), np.int32),
        gt_ignored=np.zeros((3, len(owner)), bool),
        gt_best=quality,
        gt_match=np.repeat(np.where(quality >= THRESHOLDS[:, None], place, -1)[None].astype(np.int32), 3, axis=0),
        gt_nearest=place,
        joint_oks=np.repeat(quality[:, None], 17, axis=1).astype(np.float32),
        joint_px=np.ones((len(owner), 17), np.float32),
    )


def in_categories(runs, count, seed):
    """Return the matches with annotations and false alarms spread over categories, the n-th as often as 1 / n."""
    rng = np.random.RandomState(seed)
    often = 1 / np.arange(1, count + 1)
    often /= often.sum()
    of_truth = rng.choice(count, len(runs[0].gt_id), p=often)
    gt_order = np.lexsort((runs[0].gt_image, of_truth))
    place = np.argsort(gt_order)
    found = []
    for run in runs:
        category = rng.choice(count, len(run.dt_score), p=often)
        category[run.gt_nearest] = of_truth
        order = np.lexsort((-run.dt_score, run.dt_image, category))
        taken = run.dt_match[:, :, order]
        fields = {name: getattr(run, name)[order] for name in ("dt_image", "dt_score", "dt_index", "dt_rank")}
        found.append(
            dataclasses.replace(
                run,
                category_ids=np.arange(count, dtype=np.int64),
                dt_category=category[order].astype(np.int32),
                dt_match=np.where(taken >= 0, place[taken], -1).astype(np.int32),
                gt_id=run.gt_id[gt_order],
                gt_image=run.gt_image[gt_order],
                gt_category=of_truth[gt_order].astype(np.int32),
                **fields,
            )
        )
    return found
