"""`zoo-mxnet benchmark`: fp32 and int8 in turns on dummy data, CPU time and throughput."""

import argparse
from typing import Any, Callable, Dict, Tuple

from zoo_common.errors import ZooError, did_you_mean
from zoo_common.frontend.protocol import add_protocol_arguments, task_of
from zoo_common.frontend.timings import add_timing_arguments, timing_table
from zoo_mxnet import threads
from zoo_mxnet.backend import (
    MXNetBackend,
    add_recipe_arguments,
    add_saved_argument,
    add_weight_arguments,
    check_joints,
    float_net,
    quantizer_options,
)

CALIBRATION_SAMPLES = 8


def add_commands(commands: Any, backend: MXNetBackend, default_model: str) -> None:
    """Add `benchmark`."""
    parser = commands.add_parser(
        "benchmark",
        help="time fp32 and int8 side by side on dummy data",
        description="Time a model's precisions in turns on uniform random data: no dataset is read. The ratio is the "
        "median of paired CPU times, which a busy machine disturbs least.",
    )
    parser.add_argument("model", nargs="?", default=default_model, help="name of a card (see `list`)")
    add_timing_arguments(parser, "fp32,int8", iterations=100, warm_up=5)
    add_protocol_arguments(parser, flip=False)
    add_weight_arguments(parser)
    add_recipe_arguments(parser)
    add_saved_argument(parser)
    threads.add_arguments(parser)
    parser.set_defaults(function=lambda args: run(backend, args))


def run(backend: MXNetBackend, args: argparse.Namespace) -> int:
    """Run the command."""
    card = backend.registry.get(args.model)
    for precision in args.precision.split(","):
        if precision not in card.precisions:
            raise ZooError(
                "--precision: {} has no '{}'{}".format(card.name, precision, did_you_mean(precision, card.precisions))
            )
    threads.configure_once(args, bind=True)
    import numpy as np

    from zoo_common.evaluation.timing import interleaved

    shape = task_of(card, args).input_shape
    sides = candidates(card, shape[1:], args)
    batch = np.random.RandomState(0).uniform(-1, 1, (args.batch_size, *shape)).astype(np.float32)
    print("---------- Benchmarking on {} model -------------".format(card.name), flush=True)
    timings = interleaved(sides, batch, repeats=args.iterations, warm_up=args.warm_up)
    print("batch size {}, {} calls of each".format(args.batch_size, args.iterations))
    print(timing_table(timings, args.batch_size, "imgs/sec"))
    return 0


def candidates(card: Any, size: Tuple[int, int], args: argparse.Namespace) -> Dict[str, Callable[[Any], Any]]:
    """Return the networks to time, by precision."""
    import numpy as np

    from zoo_mxnet.network import FloatNetwork, Int8Network
    from zoo_mxnet.networks.zoo import build
    from zoo_mxnet.quantize.pipeline import quantize
    from zoo_mxnet.quantize.quantized_net import load_quantized

    sides: Dict[str, Callable[[Any], Any]] = {}
    net = None
    for precision in args.precision.split(","):
        quantized = card.precisions[precision].weight_bits <= 8
        if quantized and args.quantized_prefix is not None:
            saved = load_quantized(args.quantized_prefix, input_size=size)
            check_joints(saved, args.num_joints)
            sides[precision] = Int8Network(saved)
            continue
        if args.random_weights and card.network.builder != "gluoncv":
            raise ZooError("--random-weights: {} is no network of GluonCV's".format(card.name))
        if net is None and args.random_weights:
            net = build(card.network.options["model"], size, random_seed=0)
            check_joints(net, args.num_joints)
        elif net is None:
            net, _ = float_net(card, size, args)
        if quantized:
            dummy = np.random.RandomState(1).uniform(-1, 1, (CALIBRATION_SAMPLES,) + net.input_shape)
            sides[precision] = Int8Network(
                quantize(net, [dummy.astype(np.float32)], **quantizer_options(card, precision, net, args))
            )
        else:
            sides[precision] = FloatNetwork(net)
    return sides
