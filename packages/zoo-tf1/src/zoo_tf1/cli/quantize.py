"""`zoo-tf1 quantize`: calibrate, and write the graph, its encodings and the executable model."""

import argparse
from pathlib import Path
from typing import Any

from zoo_tf1.backend import Tf1Backend
from zoo_tf1.cli.calibrated import add_arguments, prepare


def add_commands(commands: Any, backend: Tf1Backend, default_model: str) -> None:
    """Add `quantize`."""
    parser = commands.add_parser(
        "quantize",
        help="calibrate on train images; write graph, AIMET encodings and an ONNX model",
        description="Calibrate on exactly N images of the train split and write, below OUT, NAME-PRECISION.pb (the "
        "graph without quantizers: batch norms folded, equalised if so asked), NAME-PRECISION.encodings and "
        ".encodings.yaml (AIMET's format) and, for precisions whose integers are executed, NAME-PRECISION.onnx. "
        "`evaluate --graph ...pb --encodings ...encodings` repeats the result exactly.",
    )
    add_arguments(parser, default_model, "w8a8")
    parser.add_argument("--encodings-version", choices=("0.5.1", "0.6.1"), default="0.6.1", help="of AIMET's format")
    parser.add_argument("--out", type=Path, default=Path("model"), help="folder to write in")
    parser.set_defaults(function=lambda args: run(backend, args))


def run(backend: Tf1Backend, args: argparse.Namespace) -> int:
    """Run the command."""
    ready = prepare(backend, args)
    from zoo_tf1.network import packed_bytes
    from zoo_tf1.networks.counting import count_parameters
    from zoo_tf1.recipe import quantize

    quantized = quantize(ready.card, ready.recipe, ready.source, ready.calibration, args)
    prefix = args.out / "{}-{}".format(ready.card.name, args.precision)
    simulation, settings = quantized.simulation, quantized.settings
    files = simulation.export(prefix, args.encodings_version)
    if ready.recipe.execution == "executed":
        from zoo_tf1.execute.convert import write_model
        from zoo_tf1.execute.integers import integer_model

        files.append("{}.onnx".format(prefix))
        write_model(integer_model(simulation.network, simulation.placement, simulation.quantization), files[-1])
    if ready.calibration.used:
        record = ready.calibration.record()
        print("calibrated ({}) on {} images of {}".format(settings.scheme, record.images, record.split))
    found = quantized.simulation.quantization
    print(
        "{} weights in {} bits, {} outputs in {} bits".format(
            len(found.parameters), settings.param_bits, len(found.activations), settings.output_bits
        )
    )
    before, after = 4 * count_parameters(simulation.network), packed_bytes(quantized)
    print("{:.2f} MB of fp32 constants -> {:.2f} MB".format(before / 1e6, after / 1e6))
    for name in files:
        print(name)
    return 0
