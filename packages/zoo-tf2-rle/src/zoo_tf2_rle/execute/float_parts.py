"""Which operators of an int8 network stay float: the preparation of pixels, and heads on request.

The quantizer is told the names of the tensors they write.
"""

from typing import List, Sequence

from zoo_tf2_rle.execute.tflite_model import TfliteModel

POOLING = "MEAN"
PREPARATION = frozenset(["CAST", "MUL", "DIV", "ADD", "SUB"])


def head_tensors(model: TfliteModel, heads: Sequence[str]) -> List[str]:
    """Return the names of what lies between the last feature map and some outputs: pooling and heads.

    Args:
        model: before quantization.
        heads: names of outputs.
    """
    producers = {tensor: operator for operator in model.operators() for tensor in operator.outputs}
    outputs = model.named_outputs()
    left, found = [outputs[head] for head in heads], []
    while left:
        operator = producers.get(left.pop())
        if operator is None:
            continue
        found += [name for name in map(model.name, operator.outputs) if name not in found]
        left += [] if operator.kind == POOLING else operator.inputs
    return found


def preparation_tensors(model: TfliteModel) -> List[str]:
    """Return the names of what pixels pass, value by value, before the first layer that mixes them."""
    found, ready = [], set(model.inputs())
    for operator in model.operators():
        if operator.kind in PREPARATION and ready.intersection(operator.inputs):
            found += map(model.name, operator.outputs)
            ready = set(operator.outputs)
    return found
