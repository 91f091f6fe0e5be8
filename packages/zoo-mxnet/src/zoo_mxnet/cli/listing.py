"""`zoo-mxnet list`."""

import argparse
from typing import Any

from tabulate import tabulate

from zoo_mxnet.backend import MXNetBackend


def add_commands(commands: Any, backend: MXNetBackend) -> None:
    """Add `list`."""
    parser = commands.add_parser("list", help="the models, their precisions and published accuracy")
    parser.set_defaults(function=lambda args: _list(backend, args))


def _list(backend: MXNetBackend, _: argparse.Namespace) -> int:
    rows = []
    for name in backend.registry.names():
        card = backend.registry.get(name)
        published = {
            (item.conditions.precision, item.conditions.flip_test): "{:.3f}".format(item.value)
            for item in card.reference
            if item.metric == "AP"
        }
        cells = [published.get(key, "-") for key in (("fp32", False), ("fp32", True), ("int8", False))]
        size = "{}x{}".format(card.input.height, card.input.width)
        rows.append([name, size, ",".join(card.precisions)] + cells + [card.title])
    headers = ["model", "input", "precisions", "AP", "AP flip", "AP int8", "title"]
    print(tabulate(rows, headers=headers, disable_numparse=True))
    print("\nAP as stated on the card: published on COCO val2017, the demo's measured on synthetic images.")
    return 0
