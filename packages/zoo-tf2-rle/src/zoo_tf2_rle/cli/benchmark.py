"""`zoo-tf2-rle benchmark`: the edge table: size, work, latency and memory access of a model's TFLite files."""

import argparse
from typing import Any, Callable, Dict, Iterator, NamedTuple

from zoo_common.cards import Card
from zoo_common.errors import ZooError
from zoo_common.evaluation.timing import Timing
from zoo_common.frontend.protocol import add_protocol_arguments, task_of
from zoo_common.frontend.timings import add_timing_arguments
from zoo_tf2_rle import options, source
from zoo_tf2_rle.backend import Tf2RleBackend, set_threads
from zoo_tf2_rle.cli.edge_table import FORMATS, edge_rows, edge_table
from zoo_tf2_rle.recipes import recipe_of

CALIBRATION_SAMPLES = 8


class Measured(NamedTuple):
    """What the edge table says of one model.

    Attributes:
        parameters: trainable values.
        multiply_adds: of one crop, see `count_multiply_adds`.
        file_bytes: of the TFLite file, by precision.
        memory: `MemoryAccess` of it, by precision.
        timings: of one batch, by precision.
    """

    parameters: int
    multiply_adds: int
    file_bytes: Dict[str, int]
    memory: Dict[str, Any]
    timings: Dict[str, Timing]


def add_commands(commands: Any, backend: Tf2RleBackend, default_model: str) -> None:
    """Add `benchmark`."""
    parser = commands.add_parser(
        "benchmark",
        help="the edge table: size, work, latency and memory access in TFLite, beside what is published",
        description="Time a model's TFLite files in turns on random crops; no dataset is read. p50 and p90 are wall "
        "time of a call; the ratio is the median of paired CPU times, which a busy machine disturbs least. Memory "
        "access is what the graph's operators read and write, weights included. AP is the card's, measured on the "
        "embedded dataset; the row `published` has its own data, training and counting.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    which.add_argument("--all", action="store_true", help="every card, with --random-weights")
    add_timing_arguments(parser, "fp32,fp16,dynamic,int8", iterations=20, warm_up=3)
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="of the table")
    add_protocol_arguments(parser, flip=False)
    options.add_weight_arguments(parser, random=False, tflite=False)
    group = parser.add_argument_group("execution")
    options.add_tflite_arguments(group)
    group.add_argument("--threads", type=options.positive, metavar="N", help="of TFLite (default: one a core)")
    parser.set_defaults(function=lambda args: run(backend, args))


def run(backend: Tf2RleBackend, args: argparse.Namespace) -> int:
    """Run the command."""
    if args.all and not args.random_weights:
        raise ZooError("--all: one file of weights does not fit all models; give --random-weights")
    cards = [backend.registry.get(name) for name in (backend.registry.names() if args.all else [args.model])]
    for card in cards:
        source.check_card(card)
        for precision in args.precision.split(","):
            recipe_of(card, precision, args)
        source.weights_path(card, args)
    set_threads(args)
    rows = []
    for card in cards:
        rows += edge_rows(card, measure(card, args))
    print(edge_table(rows, args.format))
    return 0


def measure(card: Card, args: argparse.Namespace) -> Measured:
    """Convert a model to every precision asked for, and time them in turns."""
    import numpy as np

    from zoo_common.evaluation.timing import interleaved
    from zoo_tf2_rle.execute.memory_access import memory_access
    from zoo_tf2_rle.execute.pixels import Pixels
    from zoo_tf2_rle.execute.tflite_convert import convert
    from zoo_tf2_rle.execute.tflite_run import TfliteRunner
    from zoo_tf2_rle.networks.counting import count_multiply_adds, count_parameters

    task = task_of(card, args)
    size = task.input_shape[1:]
    model = source.open_network(card, size, args).model
    sides: Dict[str, Callable[[Any], Any]] = {}
    file_bytes, memory = {}, {}
    for precision in args.precision.split(","):
        content = convert(model, recipe_of(card, precision, args), lambda _: _noise(size))
        file_bytes[precision], memory[precision] = len(content), memory_access(content)
        sides[precision] = TfliteRunner(content, size, Pixels.of(task.options), args.threads, args.delegate)
    crops = np.random.default_rng(0).standard_normal((args.batch_size, *size, 3), dtype=np.float32)
    timings = interleaved(sides, crops.transpose(0, 3, 1, 2), repeats=args.iterations, warm_up=args.warm_up)
    return Measured(count_parameters(model), count_multiply_adds(model, size), file_bytes, memory, timings)


def _noise(size: Any) -> Iterator[Any]:
    """Yield calibration crops of no meaning: speed does not depend on ranges."""
    import numpy as np

    yield np.random.default_rng(1).standard_normal((CALIBRATION_SAMPLES, 3, *size), dtype=np.float32)
