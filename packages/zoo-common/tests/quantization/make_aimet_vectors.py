"""Ask AIMET's own numeric core, once, and write what it answers to ``data/aimet_vectors.npz``.

The oldest release on the package index, ``aimet-torch`` 1.31.2, still computes as AIMET 1.22 and 1.24 did: 512 buckets
and absmax / 127. Release 2.24 has the same names in ``aimet_torch.common._libpymo`` and rounds alike, but counts in
1536 buckets and makes symmetric grids tighter. One file of 1.31.2's wheel (15 MB) is enough; no test ever needs it:

    pip download --no-deps aimet-torch==1.31.2     # with Python 3.10
    unzip aimet_torch-1.31.2-*.whl -d aimet
    PYTHONPATH=$(echo aimet/*/purelib/aimet_common) python make_aimet_vectors.py

It needs ``numpy<2``, and links LAPACKE and cuBLAS 11 for its matrix decompositions, which are not called here. Where
they are missing, libraries of those names that hold LAPACKE_sgesdd, cublasCreate_v2 and cublasSgemm_v2 will do.
"""

from typing import Any, Dict, List

import libpymo
import numpy as np
from aimet_vector_cases import RULES, VECTORS, Case, cases, channel_cases, probes, tensors, weights

MODES = {
    "tf": libpymo.QuantizationMode.QUANTIZATION_TF,
    "tf_enhanced": libpymo.QuantizationMode.QUANTIZATION_TF_ENHANCED,
}
NEAREST = libpymo.RoundingMode.ROUND_NEAREST


def encode(case: Case, updates: List[np.ndarray]) -> List[float]:
    """Return the fields in the order of ``FIELDS``, after checking that the core's two ways to them agree."""
    symmetric, unsigned, strict = RULES[case.rule]
    analyzer = libpymo.EncodingAnalyzerForPython(MODES[case.scheme])
    tensor = libpymo.TensorQuantizer(MODES[case.scheme], NEAREST)
    tensor.setStrictSymmetric(strict)
    tensor.setUnsignedSymmetric(unsigned)
    for values in updates:
        analyzer.updateStats(values, False)
        tensor.updateStats(values, False)
    found, valid = analyzer.computeEncoding(case.bits, symmetric, strict, unsigned)
    other = tensor.computeEncoding(case.bits, symmetric)
    one, two = ([item.min, item.max, item.delta, item.offset] for item in (found, other))
    if not valid or one != two:
        raise SystemExit("{}: the core disagrees with itself: {} {}".format(case.key, one, two))
    return one


def rounded_values(case: Case, encoding: List[float], values: np.ndarray) -> np.ndarray:
    """Return the values as the core quantizes and dequantizes them."""
    rounded = np.zeros_like(values)
    quantizer = libpymo.TensorQuantizer(MODES[case.scheme], NEAREST)
    quantizer.updateStats(np.float32([0, 1]), False)  # it refuses to round before it has an encoding of its own
    quantizer.computeEncoding(case.bits, False)
    quantizer.quantizeDequantize(np.ascontiguousarray(values), rounded, encoding[0], encoding[1], case.bits, False)
    return rounded


def main() -> None:
    """Write the file."""
    inputs, kernels = tensors(), weights()
    answers: Dict[str, Any] = {name: [] for name in ("encodings", "rounded", "channel_encodings", "channel_rounded")}
    for case in cases():
        found = encode(case, inputs[case.inputs])
        values = probes(case, np.array(found), inputs[case.inputs][-1])
        answers["encodings"].append(found)
        answers["rounded"].append(rounded_values(case, found, values))
    for case in channel_cases():
        rows = kernels[case.inputs]
        each = [encode(case, [row]) for row in rows]
        answers["channel_encodings"].append(each)
        answers["channel_rounded"].append([rounded_values(case, found, row) for found, row in zip(each, rows)])
    answers["keys"] = [case.key for case in cases()]
    answers["channel_keys"] = [case.key for case in channel_cases()]
    answers["inputs"] = np.concatenate([item.ravel() for part in inputs.values() for item in part])
    VECTORS.parent.mkdir(exist_ok=True)
    np.savez_compressed(VECTORS, **{name: np.array(value) for name, value in answers.items()})
    print(VECTORS, VECTORS.stat().st_size)


if __name__ == "__main__":
    main()
