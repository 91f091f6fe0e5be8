"""One step of training: loss, gradients, Adam; on one machine or as one of several workers."""

from typing import Any, Callable, NamedTuple, Optional, Tuple

from zoo_tf2_rle.likelihood.flow import RealNVP
from zoo_tf2_rle.likelihood.loss import rle_loss
from zoo_tf2_rle.tensorflow2 import tf
from zoo_tf2_rle.training.batches import Batch


class Outcome(NamedTuple):
    """What a step found.

    Attributes:
        loss: of the whole batch, before the step.
        gradient: length of all gradients together; infinite now and then under loss scaling, which skips such steps.
        finite: whether the training may go on.
    """

    loss: float
    gradient: float
    finite: bool


class TrainStep:
    """Network, flow and optimiser, moved by batches.

    Args:
        network: of `networks.regression.build`.
        flow: learns the density of the errors; None leaves the base density alone.
        reduction: of the loss over joints and coordinates.
        strategy: workers whose batches are parts of one.
    """

    def __init__(
        self, network: tf.keras.Model, flow: Optional[RealNVP], reduction: str = "sum", strategy: Any = None
    ) -> None:
        self.network, self.flow, self._reduction = network, flow, reduction
        self.strategy = strategy or tf.distribute.get_strategy()
        self.scaled = network.compute_dtype == "float16"
        with self.strategy.scope():
            adam = tf.keras.optimizers.Adam()
            self.optimizer = tf.keras.mixed_precision.LossScaleOptimizer(adam) if self.scaled else adam
            self.variables = network.trainable_variables + (flow.trainable_variables if flow is not None else [])
            (adam if self.scaled else self.optimizer).build(self.variables)
        self._run = self._function()

    def __call__(self, batch: Batch, rate: float) -> Outcome:
        """Take a step on this worker's part of a batch, at a learning rate."""
        self.optimizer.learning_rate = rate
        loss, gradient = (float(part) for part in self._run(*batch))
        finite = _is_number(loss) and (self.scaled or _is_number(gradient))
        return Outcome(loss, gradient, finite)

    def _function(self) -> Callable[..., Tuple[tf.Tensor, tf.Tensor]]:
        strategy = self.strategy
        share = 1.0 / strategy.num_replicas_in_sync

        def replica(images: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                coordinates, sigmas = self.network(images, training=True)
                loss = self._loss(coordinates, sigmas, targets, weights) * share
                asked = self.optimizer.get_scaled_loss(loss) if self.scaled else loss
            gradients = tape.gradient(asked, self.variables)
            if self.scaled:
                gradients = self.optimizer.get_unscaled_gradients(gradients)
            context = tf.distribute.get_replica_context()
            gradients = context.all_reduce("sum", gradients)
            loss = context.all_reduce("sum", loss)
            self.optimizer.apply_gradients(zip(gradients, self.variables), skip_gradients_aggregation=True)
            return loss, tf.linalg.global_norm(gradients)

        @tf.function
        def run(images: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
            found = strategy.run(replica, args=(images, targets, weights))
            return tuple(strategy.experimental_local_results(part)[0] for part in found)

        return run

    def _loss(self, coordinates: Any, sigmas: Any, targets: Any, weights: Any) -> tf.Tensor:
        flow = self.flow
        log_phi = (lambda errors: tf.zeros(tf.shape(errors)[:1])) if flow is None else flow
        return rle_loss(coordinates, sigmas, targets, weights, log_phi, reduction=self._reduction)


def _is_number(value: float) -> bool:
    return value - value == 0
