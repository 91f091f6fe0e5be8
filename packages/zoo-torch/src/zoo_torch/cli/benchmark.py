"""`zoo-torch benchmark`: precisions in turns on dummy data, CPU time and throughput."""

import argparse
from typing import Any, Callable, Dict

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.frontend.protocol import add_protocol_arguments, task_of
from zoo_common.frontend.timings import add_timing_arguments, timing_table
from zoo_torch import options, source
from zoo_torch.backend import TorchBackend, check_running, set_threads

CALIBRATION_SAMPLES = 8
EAGER = "eager fp32"


def add_commands(commands: Any, backend: TorchBackend, default_model: str) -> None:
    """Add `benchmark`."""
    parser = commands.add_parser(
        "benchmark",
        help="time precisions side by side on dummy data",
        description="Time a model's precisions in turns on random data: no dataset is read. PyTorch's eager fp32 runs "
        "along as the yardstick; the ratio is the median of paired CPU times, which a busy machine disturbs least.",
    )
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    add_timing_arguments(parser, "fp32,w8a8,int8", iterations=20, warm_up=3)
    add_protocol_arguments(parser, flip=False)
    options.add_weight_arguments(parser)
    options.add_recipe_arguments(parser)
    options.add_running_arguments(parser)
    parser.set_defaults(function=lambda args: run(backend, args))


def run(backend: TorchBackend, args: argparse.Namespace) -> int:
    """Run the command."""
    card = backend.registry.get(args.model)
    if card.builder_among(source.BUILDERS) != "hrnet":
        raise ZooError("{}: only HRNet is timed here".format(card.name))
    for precision in args.precision.split(","):
        if precision not in card.precisions:
            hint = did_you_mean(precision, card.precisions)
            raise ZooError("--precision: {} has no '{}'{}".format(card.name, precision, hint))
    backend.prepare(card, args)
    shape = task_of(card, args).input_shape
    set_threads(args)
    import numpy as np

    from zoo_common.evaluation.timing import interleaved

    sides = _sides(card, shape, args)
    batch = np.random.default_rng(0).standard_normal((args.batch_size, *shape), dtype=np.float32)
    timings = interleaved(sides, batch, repeats=args.iterations, warm_up=args.warm_up)
    print("{}, batch size {}, {} calls of each".format(card.name, args.batch_size, args.iterations))
    print(timing_table(timings, args.batch_size, "people/s"))
    return 0


def _sides(card: Any, shape: Any, args: argparse.Namespace) -> Dict[str, Callable[[Any], Any]]:
    """Return what is timed, by name: eager fp32 first."""
    from zoo_torch.network import SimulatedNetwork, eager_float, executed_float, executed_integers
    from zoo_torch.recipe import quantize

    sides: Dict[str, Callable[[Any], Any]] = {}
    engine = args.engine or options.ENGINES[0]
    size = shape[1:]
    for precision in args.precision.split(","):
        recipe = card.precisions[precision]
        device = check_running(recipe, args, "hrnet")
        found = _random(card, size, args) if args.random_weights else source.open_hrnet(card, recipe, size, args)
        if not sides:
            sides[EAGER] = eager_float(found, card.precisions["fp32"], device)
        if recipe.weight_bits > 8:
            if engine == "eager" or device == "cuda":
                sides[precision] = eager_float(found, recipe, device)
            else:
                sides[precision] = executed_float(found, recipe, engine, args.threads)
            continue
        quantized = quantize(card, recipe, found, _Noise(shape), args, device)
        if recipe.execution == "simulated":
            sides[precision] = SimulatedNetwork(quantized, recipe, device)
        else:
            sides[precision] = executed_integers(quantized, recipe, engine, args.threads)
    return sides


def _random(card: Any, size: Any, args: argparse.Namespace) -> source.Source:
    import torch

    from zoo_torch.networks.hrnet import HRNet
    from zoo_torch.quantize.trace import fold

    torch.manual_seed(0)
    config, _ = source.configuration(card, args)
    model = HRNet(config).eval()
    return source.Source(model, fold(model, (3,) + tuple(size)), [])


class _Noise:
    """Calibration inputs of no meaning: speed does not depend on ranges."""

    def __init__(self, shape: Any) -> None:
        self._shape = shape

    def batches(self, _: int) -> Any:
        import numpy as np

        yield np.random.default_rng(1).standard_normal((CALIBRATION_SAMPLES, *self._shape), dtype=np.float32)
