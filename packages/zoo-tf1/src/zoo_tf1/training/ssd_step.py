"""One iteration of a detector as a graph: pixels and anchors' targets in, loss out."""

from typing import Any, Dict, Tuple

import numpy as np

from zoo_common.boxes.coder import SCALES
from zoo_common.training.box_batches import BoxBatch
from zoo_common.training.box_recipe import BoxRecipe
from zoo_tf1.networks.ssd_mobilenet import SsdConfig, ssd_mobilenet
from zoo_tf1.tensorflow1 import tf
from zoo_tf1.training.optimiser import Optimiser

Tensor = Any
LARGEST = 6.0
"""Logarithm of the largest side of a box in sides of its anchor: nothing overflows before anything is learnt."""


class SsdStep:
    """Builds everything in the default graph.

    Args:
        config: of the network.
        recipe: decides loss and optimiser.
        size: height and width of the input.
    """

    def __init__(self, config: SsdConfig, recipe: BoxRecipe, size: Tuple[int, int]) -> None:
        self._pixels = tf.placeholder(tf.uint8, (recipe.batch_size, *size, 3), "pixels")
        self._rate = tf.placeholder(tf.float32, (), "rate")
        images = tf.cast(self._pixels, tf.float32) * (2 / 255) - 1
        outputs = ssd_mobilenet(images, config, training=True, prior=recipe.prior)
        self._classes = tf.placeholder(tf.int32, outputs.logits.shape[:2], "classes")
        self._codes = tf.placeholder(tf.float32, (*self._classes.shape, 4), "codes")
        found = tf.cast(self._classes > 0, tf.float32)
        count = tf.maximum(tf.reduce_sum(found), 1)
        classes = focal_loss(outputs.logits, self._classes, recipe) / count
        boxes = box_loss(outputs.codes[:, :, 0], self._codes, found) / count
        self._loss = tf.add(classes, recipe.box_weight * boxes, "loss")
        self._optimiser = Optimiser(self._loss, self._rate, recipe.weight_decay, recipe.average_decay)

    def __call__(self, session: Any, batch: BoxBatch, rate: float) -> float:
        """Take one step; return the loss before it."""
        feed: Dict[Tensor, Any] = {self._rate: rate}
        feed.update(zip((self._pixels, self._classes, self._codes), batch))
        return float(session.run([self._loss, self._optimiser.done], feed)[0])

    def averages(self, session: Any) -> Dict[str, np.ndarray]:
        """Return the running mean of each variable of the network by the variable's name."""
        return self._optimiser.averages(session)


def focal_loss(logits: Tensor, classes: Tensor, recipe: BoxRecipe) -> Tensor:
    """Return the focal loss (Lin et al., 2017) of all classes of all anchors but those left out, summed.

    The background has no logit of its own to learn: it is where no class is.

    Args:
        logits: float32 ``[N, A, C + 1]``, the first unused.
        classes: int32 ``[N, A]``: 0 background, -1 left out.
    """
    logits = logits[:, :, 1:]
    target = tf.one_hot(classes - 1, int(logits.shape[-1]))
    taught = tf.cast(classes >= 0, tf.float32)[:, :, None]
    loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=logits)
    score = tf.sigmoid(logits)
    wrong = target * (1 - score) + (1 - target) * score
    weight = target * recipe.focal_alpha + (1 - target) * (1 - recipe.focal_alpha)
    return tf.reduce_sum(taught * weight * tf.pow(wrong, recipe.focal_gamma) * loss)


def box_loss(codes: Tensor, targets: Tensor, found: Tensor) -> Tensor:
    """Return 1 - GIoU (Rezatofighi et al., 2019) of the boxes where there is one, summed.

    Both boxes are measured in sides of their anchor, which leaves every ratio of areas as it is in the image.

    Args:
        codes, targets: float32 ``[N, A, 4]``.
        found: float32 ``[N, A]``, 1 where there is a box.
    """
    (low, high), (taught_low, taught_high) = _corners(codes), _corners(targets)
    common = _area(tf.maximum(low, taught_low), tf.minimum(high, taught_high))
    union = _area(low, high) + _area(taught_low, taught_high) - common
    hull = _area(tf.minimum(low, taught_low), tf.maximum(high, taught_high))
    return tf.reduce_sum(found * (1 - common / union + (hull - union) / hull))


def _corners(codes: Tensor) -> Tuple[Tensor, Tensor]:
    """Return top left and bottom right ``[N, A, 2]`` of the boxes, in sides of the anchor, from its centre."""
    codes = codes / tf.constant(SCALES)
    half = 0.5 * tf.exp(tf.clip_by_value(codes[..., 2:], -LARGEST, LARGEST))
    return codes[..., :2] - half, codes[..., :2] + half


def _area(low: Tensor, high: Tensor) -> Tensor:
    return tf.reduce_prod(tf.maximum(high - low, 0), axis=-1)
