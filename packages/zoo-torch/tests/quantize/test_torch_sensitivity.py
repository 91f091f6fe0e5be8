"""One layer at a time."""

import math

import numpy as np
import pytest
from tiny_networks import images

from zoo_common.errors import ZooError
from zoo_common.heatmaps.fidelity import sqnr_db
from zoo_common.quantization.sensitivity import records
from zoo_torch.quantize.sensitivity import layer_sensitivity
from zoo_torch.quantize.simulator import Simulator, simulate_plainly
from zoo_torch.quantize.walk import rounded_weights

BATCHES = [images(1, seed=3), images(2, seed=4)]


@pytest.mark.parametrize(("layer", "kind"), [("conv2", "weights"), ("relu", "activations"), ("input", "activations")])
def test_a_row_is_what_simulating_that_quantizer_alone_gives(graph, quantization, layer, kind):
    rows = {(row.layer, row.kind): row for row in layer_sensitivity(graph, quantization, BATCHES)}
    assert len(rows) == len(quantization.parameters) + len(quantization.outputs)
    weights = {layer: quantization.parameters[layer]} if kind == "weights" else {}
    nodes = {node: name for node, name in quantization.activations.items() if kind != "weights" and name == layer}
    alone = quantization._replace(parameters=weights, activations=nodes)
    truth = np.concatenate([Simulator(graph)(batch) for batch in BATCHES])
    expected = np.concatenate([simulate_plainly(graph, alone, batch) for batch in BATCHES])
    assert rows[layer, kind].sqnr_db == pytest.approx(sqnr_db(truth, expected), abs=0.3)


def test_rows_come_worst_first(graph, quantization):
    one = layer_sensitivity(graph, quantization, BATCHES[:1], kinds=["weights"])
    assert [row.sqnr_db for row in one] == sorted(row.sqnr_db for row in one)
    rest = layer_sensitivity(graph, quantization, BATCHES[:1], mode="all_but_one", kinds=["weights"])
    assert [row.sqnr_db for row in rest] == sorted((row.sqnr_db for row in rest), reverse=True)
    assert {row.layer for row in rest} == {row.layer for row in one} == set(graph.weights)
    assert max(row.sqnr_db for row in rest) < max(row.sqnr_db for row in one)


def test_weights_on_their_grid_lose_nothing(graph, quantization):
    on_grid = graph._replace(weights=rounded_weights(graph, quantization.parameters))
    rows = layer_sensitivity(on_grid, quantization, BATCHES[:1], kinds=["weights"])
    assert {row.sqnr_db for row in rows} == {math.inf}
    assert records(rows)[0] == {"layer": rows[0].layer, "kind": "weights", "bits": 8, "joint_shift": 0.0}


def test_mistakes_are_named(graph, quantization):
    with pytest.raises(ZooError, match="mode: unknown 'two'"):
        layer_sensitivity(graph, quantization, BATCHES, mode="two")
    with pytest.raises(ZooError, match="kind: unknown 'weight'; did you mean 'weights'"):
        layer_sensitivity(graph, quantization, BATCHES, kinds=["weight"])
