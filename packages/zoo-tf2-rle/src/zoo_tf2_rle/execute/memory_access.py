"""How many bytes an inference moves between the processor and memory, as a TFLite file's graph says."""

from typing import NamedTuple, Set

from zoo_tf2_rle.execute.tflite_model import TfliteModel


class MemoryAccess(NamedTuple):
    """Bytes moved by one inference of one crop.

    Attributes:
        activations: what operators read that was computed (or is the crop), and everything they write.
        weights: what operators read that the file holds: kernels, biases, shapes.
    """

    activations: int
    weights: int

    @property
    def total(self) -> int:
        """Both."""
        return self.activations + self.weights


def memory_access(content: bytes) -> MemoryAccess:
    """Return the bytes that the operators of a file read and write.

    Every operator reads each of its inputs and writes each of its outputs once, whole, in the type that the graph gives
    them; a tensor that two operators read counts twice. A DEQUANTIZE of constants, as files of half precision have
    them, runs once on loading and is left out; who reads its result reads float32, so weights of half precision count
    four bytes.

    This is a property of the graph, the same on every machine. It knows nothing of caches, nor of what an interpreter
    makes of the graph: buffers of its own, packed weights, the int8 copies of activations that dynamic-range operators
    make, operators that a delegate fuses.
    """
    model = TfliteModel(content)
    unpacked: Set[int] = set()
    activations = weights = 0
    for operator in model.operators():
        held = [tensor for tensor in operator.inputs if tensor in unpacked or model.is_constant(tensor)]
        if operator.kind == "DEQUANTIZE" and held == operator.inputs:
            unpacked.update(operator.outputs)
            continue
        weights += sum(model.size(tensor) for tensor in held)
        computed = [tensor for tensor in operator.inputs if tensor not in held]
        activations += sum(model.size(tensor) for tensor in computed + operator.outputs)
    return MemoryAccess(activations, weights)
