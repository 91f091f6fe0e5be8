"""The framework's own command-line options, in groups shared by the commands."""

import argparse
from typing import Any, Dict, Sequence

from zoo_common.console import positive

SCHEMES = ("tf", "tf_enhanced")
SEMANTICS = ("aimet-1.24", "aimet-2.42", "prepared")
SEARCHES = ("nearest", "seqmse", "adaround")
ENGINES = ("onnxruntime", "openvino", "eager")
DEVICES = ("cpu", "cuda", "auto")
REFERENCE_SAMPLES = 384


class Preset(argparse.Action):
    """A flag that stands for several options."""

    def __init__(self, *args: Any, values: Dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, nargs=0, **kwargs)
        self.values = values

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *_: Any) -> None:
        for name, value in self.values.items():
            setattr(namespace, name, value)
        setattr(namespace, self.dest, True)


def add_weight_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where weights come from and what the network looks like."""
    group = parser.add_argument_group("network and weights (default: the card's)")
    group.add_argument(
        "--weights", metavar="FILE", help="safetensors, a state dict (.pth) or a pickled model, read without running it"
    )
    group.add_argument(
        "--quantized-weights", metavar="FILE", help="other weights for the quantized precisions (BN folded, optimised)"
    )
    group.add_argument("--onnx", metavar="FILE", help="an ONNX heatmap network, for the card `exported`")
    group.add_argument("--cfg", metavar="FILE", help="configuration file of the official HRNet repository (yacs)")
    group.add_argument(
        "--cfg-opts", nargs="+", default=[], metavar="KEY VALUE", help="overrides of it, e.g. TEST.FLIP_TEST false"
    )


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how a network is quantized; each overrides the card."""
    group = parser.add_argument_group("quantization (default: the card's)")
    group.add_argument(
        "--encodings",
        metavar="FILE",
        help="weight encodings to freeze (the AIMET Model Zoo's flat files), or the complete encodings of `quantize`",
    )
    group.add_argument("--scheme", choices=SCHEMES, help="how ranges follow from what is seen: min-max or least error")
    group.add_argument("--semantics", choices=SEMANTICS, help="which release's choice of rounded tensors to follow")
    group.add_argument(
        "--narrow-weights",
        action="store_true",
        help="executed precisions: 7-bit weights, quicker on CPUs without VNNI, where 8 bits need exact kernels",
    )
    group.add_argument("--cle", action="store_true", help="equalise the ranges of neighbouring layers first")
    group.add_argument(
        "--weight-search", choices=SEARCHES, default="nearest", help="how weights find their grid points"
    )


def add_calibration_preset(parser: argparse.ArgumentParser) -> None:
    """Add ``--reference-calibration``."""
    parser.add_argument(
        "--reference-calibration",
        action=Preset,
        values={
            "calibration_split": "evaluated",
            "calibration_samples": REFERENCE_SAMPLES,
            "calibration_order": "first",
        },
        default=False,
        help="calibrate as the AIMET Model Zoo does: on the first {} evaluated crops".format(REFERENCE_SAMPLES),
    )


def add_running_arguments(parser: argparse.ArgumentParser, engines: Sequence[str] = ENGINES) -> None:
    """Add where and with what a network runs."""
    group = parser.add_argument_group("execution")
    group.add_argument("--device", choices=DEVICES, default="cpu", help="auto takes CUDA where there is one")
    group.add_argument(
        "--engine", choices=engines, help="runtime of fp32, bf16 and int8 on the CPU (default: {})".format(engines[0])
    )
    group.add_argument("--threads", type=positive, metavar="N", help="of the network (default: one a core)")
