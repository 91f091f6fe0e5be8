"""Encodings and rounding against the answers of AIMET's own numeric core (``make_aimet_vectors.py``), bit for bit.

The core asked is that of AIMET 1.31.2. It differs from 1.24 and before in one thing, the flag ``carried``; that way is
held to the search value by value in ``test_quantization_enhanced.py``, where all other steps are the same.
"""

import numpy as np
import pytest
from aimet_vector_cases import RULES, SCHEMES, VECTORS, cases, channel_cases, probes, tensors, weights

from zoo_common.quantization.encoding import Encoding
from zoo_common.quantization.enhanced import enhanced_encoding, enhanced_weight_encoding, observe
from zoo_common.quantization.grid import minmax_encoding, round_to_grid, weight_range


@pytest.fixture(scope="module")
def vectors():
    with np.load(VECTORS) as file:
        return dict(file)


def encode(case, updates):
    symmetric, unsigned, strict = RULES[case.rule]
    if case.scheme == "tf":
        ends = [item.min() for item in updates], [item.max() for item in updates]
        return minmax_encoding(min(ends[0]), max(ends[1]), case.bits, symmetric, unsigned, strict)
    histogram = None
    for values in updates:
        histogram = observe(values, histogram)
    return enhanced_encoding(histogram, case.bits, symmetric, unsigned, strict, carried=False)


def encode_channels(case, weight):
    symmetric, unsigned, strict = RULES[case.rule]
    if case.scheme == "tf":
        return minmax_encoding(*weight_range(weight), case.bits, symmetric, unsigned, strict)
    if symmetric:
        return enhanced_weight_encoding(weight, case.bits, unsigned, symmetric, strict)
    each = [enhanced_encoding(observe(row), case.bits, False, carried=False) for row in weight]
    return Encoding(*(np.stack(part) for part in zip(*(item[:4] for item in each))), bits=case.bits, symmetric=False)


def test_the_inputs_are_those_the_core_was_asked_about(vectors):
    made = np.concatenate([item.ravel() for part in tensors().values() for item in part])
    np.testing.assert_array_equal(made, vectors["inputs"])
    assert [case.key for case in cases()] == vectors["keys"].tolist()
    assert [case.key for case in channel_cases()] == vectors["channel_keys"].tolist()


@pytest.mark.parametrize("name", sorted(tensors()))
@pytest.mark.parametrize("scheme", SCHEMES)
def test_encodings_of_tensors_and_their_rounding(vectors, name, scheme):
    updates = tensors()[name]
    asked = [(case, row) for row, case in enumerate(cases()) if (case.inputs, case.scheme) == (name, scheme)]
    assert asked
    for case, row in asked:
        expected = vectors["encodings"][row]
        made = encode(case, updates)
        assert [float(part) for part in made[:4]] == expected.tolist(), case.key
        given = Encoding(*map(np.asarray, expected), bits=case.bits, symmetric=made.symmetric)
        rounded = round_to_grid(probes(case, expected, updates[-1]), given)
        np.testing.assert_array_equal(rounded, vectors["rounded"][row], case.key)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_encodings_of_channels_and_their_rounding(vectors, scheme):
    for row, case in enumerate(channel_cases()):
        if case.scheme != scheme:
            continue
        weight = weights()[case.inputs]
        made = encode_channels(case, weight)
        np.testing.assert_array_equal(np.stack(made[:4], axis=1), vectors["channel_encodings"][row], case.key)
        np.testing.assert_array_equal(round_to_grid(weight, made), vectors["channel_rounded"][row], case.key)
