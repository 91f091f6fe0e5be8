"""ONNX Runtime on the CPU, called as a TensorFlow session is."""

import os
from typing import Any, Dict, Optional

import numpy as np
import onnx

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.runner import Batch, feeds


class OrtRunner:
    """Runs an ONNX model made of a network; the same batch gives the same bits each time.

    Args:
        model: from `zoo_tf1.execute.convert.to_onnx` or `zoo_tf1.execute.integers.integer_model`.
        names: output of the model to what it is called in the results.
        threads: None: all usable cores.

    Raises:
        ZooError: ONNX Runtime is absent, or cannot run the model.
    """

    def __init__(self, model: onnx.ModelProto, names: Dict[str, str], threads: Optional[int] = None) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ZooError("onnxruntime is not installed: {}".format(error)) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = _usable_cores() if threads is None else threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session: Any = onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's exceptions have no common base class
            raise ZooError("ONNX Runtime cannot run the network: {}".format(_one_line(error))) from error
        self._inputs = [value.name[:-2] for value in self._session.get_inputs()]
        self._names = names

    def __call__(self, batch: Batch) -> Dict[str, np.ndarray]:
        """Run one batch.

        Args:
            batch: float32 array of the only input, channels last, or input name to array.

        Returns:
            Output operation's name to array.

        Raises:
            ZooError: an input is missing or unknown, or its shape does not fit.
        """
        fed = {name + ":0": np.asarray(value, np.float32) for name, value in feeds(batch, self._inputs).items()}
        try:
            values = self._session.run(list(self._names), fed)
        except Exception as error:  # as above
            raise ZooError("the network cannot be run on this batch: {}".format(_one_line(error))) from error
        return dict(zip(self._names.values(), values))

    def close(self) -> None:
        """Free the session."""
        self._session = None


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def _one_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
