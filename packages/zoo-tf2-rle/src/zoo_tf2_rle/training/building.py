"""Network and flow to be trained, under a strategy and a precision."""

import contextlib
from typing import Any, Iterator, NamedTuple, Optional

from zoo_tf2_rle.likelihood.flow import RealNVP
from zoo_tf2_rle.networks.regression import build
from zoo_tf2_rle.tensorflow2 import tf
from zoo_tf2_rle.training.config import Config


class Trainable(NamedTuple):
    """What a step moves, and how it looks outside of a strategy.

    Attributes:
        network, flow: to be trained; no flow where none is wanted.
        plain: the network itself on one machine; among workers one of the same weights' shapes that needs no other
            worker to run.
    """

    network: tf.keras.Model
    flow: Optional[RealNVP]
    plain: tf.keras.Model

    def refresh(self) -> None:
        """Bring ``plain`` up to date; all workers have to call it at once."""
        if self.plain is not self.network:
            self.plain.set_weights(self.network.get_weights())


def prepare(seed: int) -> None:
    """Make everything that follows repeatable: seeds, and operations that sum in one order."""
    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def build_trainable(config: Config, strategy: Any = None) -> Trainable:
    """Build network and flow from the configuration's seed.

    Several workers share the statistics of their batch norms, so that a batch means the same however it is divided.

    Raises:
        ZooError: no such backbone.
    """
    options, common = config.OPTIONS, config.DATASET.COMMON
    prepare(options.SEED)
    with _policy(options.PRECISION):
        network = build(config.backbone(), common.INPUT_SHAPE[:2], asked_by="MODEL.BACKBONE")
    flow = _flow(options.SLOPE) if options.FLOW else None
    if strategy is None:
        return Trainable(network, flow, network)
    with strategy.scope():
        with _policy(options.PRECISION):
            shared = tf.keras.models.clone_model(network, clone_function=_synchronised)
        shared_flow = _flow(options.SLOPE) if options.FLOW else None
    shared.set_weights(network.get_weights())
    if shared_flow is not None:
        shared_flow.set_weights(flow.get_weights())
    return Trainable(shared, shared_flow, network)


@contextlib.contextmanager
def _policy(name: str) -> Iterator[None]:
    tf.keras.mixed_precision.set_global_policy(name)
    try:
        yield
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")


def _flow(slope: float) -> RealNVP:
    flow = RealNVP(slope)
    flow(tf.zeros((1, 2)))
    return flow


def _synchronised(layer: tf.keras.layers.Layer) -> tf.keras.layers.Layer:
    if isinstance(layer, tf.keras.layers.BatchNormalization):
        return tf.keras.layers.experimental.SyncBatchNormalization.from_config(layer.get_config())
    return layer.__class__.from_config(layer.get_config())
