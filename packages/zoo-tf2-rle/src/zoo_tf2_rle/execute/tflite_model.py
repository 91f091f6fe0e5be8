"""A TFLite file as tables: checked, walked over, and given metadata."""

import struct
from typing import Dict, List, NamedTuple, Optional

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from zoo_common.errors import ZooError

_KINDS = {value: name for name, value in vars(schema.BuiltinOperator).items() if name.isupper()}
_BYTES = {
    getattr(schema.TensorType, name): size
    for size, names in ((8, "FLOAT64 INT64"), (4, "FLOAT32 INT32"), (2, "FLOAT16 INT16"), (1, "INT8 UINT8 BOOL"))
    for name in names.split()
}


class Operator(NamedTuple):
    """One operator of the graph.

    Attributes:
        kind: as the format calls it, such as ``CONV_2D``.
        inputs, outputs: indices of tensors; inputs that were left out are left out.
    """

    kind: str
    inputs: List[int]
    outputs: List[int]


class TfliteModel:
    """The first graph of a file.

    Args:
        content: of the file.
        source: its name, for messages.

    Raises:
        ZooError: some table or buffer lies outside the file. The interpreter trusts them, and would crash the process.
    """

    def __init__(self, content: bytes, source: str = "the network") -> None:
        try:
            self._model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
            self._graph = self._model.subgraphs[0]
        except (struct.error, ValueError, IndexError, TypeError, OverflowError, MemoryError) as error:
            raise ZooError("{}: a broken TFLite file ({})".format(source, str(error)[:120])) from None

    def operators(self) -> List[Operator]:
        """Return the operators in the order they run."""
        codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in self._model.operatorCodes]
        return [
            Operator(
                _KINDS.get(codes[item.opcodeIndex], str(codes[item.opcodeIndex])),
                [int(index) for index in item.inputs if index >= 0],
                [int(index) for index in item.outputs],
            )
            for item in self._graph.operators
        ]

    def is_constant(self, tensor: int) -> bool:
        """Tell whether the file holds the values of a tensor."""
        return self._model.buffers[self._graph.tensors[tensor].buffer].data is not None

    def size(self, tensor: int) -> int:
        """Return the bytes of a tensor."""
        found = self._graph.tensors[tensor]
        shape = [] if found.shape is None else found.shape
        return _BYTES[found.type] * int(np.prod(shape, dtype=np.int64))

    def name(self, tensor: int) -> str:
        """Return the name of a tensor."""
        return self._graph.tensors[tensor].name.decode("utf-8", "replace")

    def inputs(self) -> List[int]:
        """Return the tensors that the caller fills."""
        return [int(index) for index in self._graph.inputs]

    def named_outputs(self) -> Dict[str, int]:
        """Return the outputs by their names in the only signature; none if there is none."""
        signatures = self._model.signatureDefs or []
        return {item.name.decode(): item.tensorIndex for one in signatures[:1] for item in one.outputs}

    def metadata(self, name: str) -> Optional[bytes]:
        """Return what is stored in the file under a name; None if nothing is."""
        for item in self._model.metadata or []:
            if item.name == name.encode():
                data = self._model.buffers[item.buffer].data
                return None if data is None else bytes(bytearray(data))
        return None

    def with_metadata(self, name: str, data: bytes) -> bytes:
        """Return the file with ``data`` stored under a name."""
        buffer, item = schema.BufferT(), schema.MetadataT()
        buffer.data = np.frombuffer(data, np.uint8)
        self._model.buffers.append(buffer)
        item.name, item.buffer = name, len(self._model.buffers) - 1
        self._model.metadata = (self._model.metadata or []) + [item]
        return bytes(flatbuffer_utils.convert_object_to_bytearray(self._model))
