"""Loading 8-bit activations on a CPU that may saturate says so once; nothing else does."""

import logging

import pytest
from tiny import batch, residual_pose

from zoo_mxnet.quantize import activation_bits
from zoo_mxnet.quantize.activation_bits import warn_of_saturation
from zoo_mxnet.quantize.pipeline import quantize
from zoo_mxnet.quantize.quantized_net import load_quantized

OLD, NEW = frozenset({"avx2", "avx512bw"}), frozenset({"avx2", "avx512bw", "avx512_vnni"})


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Prefixes of one network saved with 7 and with 8 bits."""
    folder, net = tmp_path_factory.mktemp("saved"), residual_pose()
    for bits in (7, 8):
        quantize(net, [batch()], activation_bits=bits).save(str(folder / str(bits)))
    return folder


@pytest.mark.parametrize(
    ("bits", "flags", "warns"), [(8, OLD, True), (8, NEW, False), (7, OLD, False), (7, NEW, False)]
)
def test_loading_warns_only_where_it_may_saturate(saved, monkeypatch, caplog, bits, flags, warns):
    monkeypatch.setattr(activation_bits, "cpu_flags", lambda: flags)
    with caplog.at_level(logging.WARNING):
        load_quantized(str(saved / str(bits)))
    said = [record.getMessage() for record in caplog.records if "VNNI" in record.getMessage()]
    assert len(said) == warns
    if warns:
        assert "8-symbol.json" in said[0] and "--activation-bits 7" in said[0]


def test_a_pair_made_by_mxnet_alone_has_8_bits():
    assert warn_of_saturation("x-symbol.json", {}, OLD)
    assert not warn_of_saturation("x-symbol.json", {}, NEW)
    assert not warn_of_saturation("x-symbol.json", {}, frozenset())  # no x86 Linux: nothing is known
