"""`zoo-torch quantize`: calibrate, and write encodings, weights and the executable model."""

import argparse
from pathlib import Path
from typing import Any

from zoo_torch.backend import TorchBackend
from zoo_torch.cli.calibrated import add_arguments, prepare


def add_commands(commands: Any, backend: TorchBackend, default_model: str) -> None:
    """Add `quantize`."""
    parser = commands.add_parser(
        "quantize",
        help="calibrate on train images; write AIMET encodings and an ONNX model",
        description="Calibrate on exactly N person crops of the train split and write, below OUT, NAME-PRECISION"
        ".encodings and NAME-PRECISION_torch.encodings (AIMET 0.6.1: by tensor, by module), NAME-PRECISION.safetensors "
        "(the folded weights) and, where a runtime can execute it, NAME-PRECISION.onnx (QDQ). `evaluate --weights "
        "...safetensors --encodings ...encodings` repeats the result exactly.",
    )
    add_arguments(parser, default_model, "w8a8")
    parser.add_argument("--out", type=Path, default=Path("model"), help="folder to write in")
    parser.set_defaults(function=lambda args: run(backend, args))


def run(backend: TorchBackend, args: argparse.Namespace) -> int:
    """Run the command."""
    ready = prepare(backend, args)
    from zoo_torch.execute.onnx_model import write_model
    from zoo_torch.execute.qdq import qdq_model
    from zoo_torch.network import packed_bytes, values_of
    from zoo_torch.networks.folded import save_folded
    from zoo_torch.quantize.encodings import write_encodings
    from zoo_torch.quantize.placement import output_quantizers
    from zoo_torch.recipe import quantize

    quantized = quantize(ready.card, ready.recipe, ready.source, ready.calibration, args, ready.device)
    prefix = args.out / "{}-{}".format(ready.card.name, args.precision)
    scheme = quantized.about["scheme"]
    files = write_encodings(prefix, quantized.graph, quantized.quantization, scheme)
    files.append(str(save_folded(quantized.graph, "{}.safetensors".format(prefix))))
    if ready.recipe.execution == "executed":
        files.append("{}.onnx".format(prefix))
        write_model(qdq_model(quantized.graph, quantized.quantization), files[-1])
    if ready.calibration.used:
        record = ready.calibration.record()
        print(
            "calibrated ({}) on {} crops of {} images of {}".format(scheme, record.samples, record.images, record.split)
        )
    outputs = output_quantizers(quantized.quantization.activations)
    print("{} output quantizers ({})".format(len(outputs), quantized.quantization.semantics))
    before, after = 4 * values_of(quantized.graph), packed_bytes(quantized)
    print("{:.2f} MB of fp32 weights -> {:.2f} MB".format(before / 1e6, after / 1e6))
    for name in files:
        print(name)
    return 0
