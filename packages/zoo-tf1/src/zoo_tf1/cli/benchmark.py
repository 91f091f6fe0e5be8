"""`zoo-tf1 benchmark`: precisions in turns on dummy images, CPU time and throughput."""

import argparse
from typing import Any, Callable, Dict, Iterator, List

import numpy as np

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.frontend.protocol import add_protocol_arguments, task_of
from zoo_common.frontend.timings import add_timing_arguments, timing_table
from zoo_tf1 import options
from zoo_tf1.backend import Tf1Backend

CALIBRATION_IMAGES = 2


def add_commands(commands: Any, backend: Tf1Backend, default_model: str) -> None:
    """Add `benchmark`."""
    parser = commands.add_parser(
        "benchmark",
        help="time precisions side by side on dummy images",
        description="Time a model's precisions in turns on random images of a typical size (another: "
        "--set input_size=[256,256]); no dataset is read. "
        "The ratio is the median of paired CPU times, which a busy machine disturbs least. Image "
        "reading and decoding are not in it: `evaluate` measures those.",
    )
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    add_timing_arguments(parser, "fp32,w8a8", iterations=20, warm_up=3, random_weights=False)
    add_protocol_arguments(parser, flip=False)
    options.add_graph_arguments(parser)
    options.add_quantization_arguments(parser)
    options.add_running_arguments(parser)
    parser.set_defaults(function=lambda args: run(backend, args), no_progress=True)


def run(backend: Tf1Backend, args: argparse.Namespace) -> int:
    """Run the command."""
    card = backend.registry.get(args.model)
    precisions = args.precision.split(",")
    for precision in precisions:
        if precision not in card.precisions:
            hint = did_you_mean(precision, card.precisions)
            raise ZooError("--precision: {} has no '{}'{}".format(card.name, precision, hint))
    backend.prepare(card, args)
    shape = task_of(card, args).input_shape
    noise = _Noise(shape)
    from zoo_common.evaluation.timing import interleaved

    sides: Dict[str, Callable[[Any], Any]] = {
        name: backend.build(card, name, noise, args).network  # type: ignore[arg-type]
        for name in precisions
    }
    batch = noise.images(args.batch_size).transpose(0, 3, 1, 2)
    timings = interleaved(sides, batch, repeats=args.iterations, warm_up=args.warm_up)
    size = "{}x{}".format(*shape[1:])
    print("{}, {}, batch size {}, {} calls of each".format(card.name, size, args.batch_size, args.iterations))
    print(timing_table(timings, args.batch_size, "images/s"))
    return 0


class _Noise:
    """Calibration images of no meaning: speed does not depend on ranges."""

    def __init__(self, shape: Any) -> None:
        self._shape = shape

    def images(self, number: int) -> np.ndarray:
        """Return float32 [number, H, W, 3] between -1 and 1."""
        channels, height, width = self._shape
        drawn = np.random.RandomState(0).uniform(-1, 1, (number, height, width, channels))
        return drawn.astype(np.float32)

    def batches(self, _: int) -> Iterator[List[np.ndarray]]:
        """Yield one batch, as `CalibrationSet.batches`."""
        yield list(self.images(CALIBRATION_IMAGES).transpose(0, 3, 1, 2))
