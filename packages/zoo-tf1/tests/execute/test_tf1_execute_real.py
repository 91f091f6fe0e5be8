"""The real MobileNet-v2 pose graph, executed."""

import os
from pathlib import Path

import numpy as np
import pytest
from tf1_execute_graphs import decibels

from zoo_common.cards import Registry
from zoo_common.coco import read_image
from zoo_common.paf import fit, lay
from zoo_tf1.execute.floats import executed_float
from zoo_tf1.execute.integers import integer_model
from zoo_tf1.execute.runtime import OrtRunner
from zoo_tf1.quantsim.batch_norms import average_batch_norms, fold_batch_norms
from zoo_tf1.quantsim.config import read_config
from zoo_tf1.quantsim.load import load
from zoo_tf1.quantsim.placement import place
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.quantsim.simulation import Simulation
from zoo_tf1.recipe import matching

REAL = os.environ.get("ZOO_REAL_DATA")
pytestmark = pytest.mark.skipif(not REAL, reason="ZOO_REAL_DATA is not set")
OUTPUT = "Openpose/concat_stage7"
HEIGHT = 184


def photographs(number):
    for path in sorted(Path(str(REAL), "coco", "images", "train2017").glob("*.jpg"))[:number]:
        image = read_image(path)
        fitted = fit(image.shape[1], image.shape[0], HEIGHT)
        yield lay(image, fitted, 128)[None].astype(np.float32)


def test_the_pose_graph_executes(record_property):
    """By the recipe of its card. All rounded it is chaotic: one flipped byte changes much downstream."""
    path = Path(str(REAL)) / "weights" / "tfpose_mobilenet_v2_small" / "graph_opt.pb"
    live = load(path, ["image:0"], [OUTPUT + ":0"], training_batch_norms=True)
    batches = list(photographs(4))
    net, _ = fold_batch_norms(average_batch_norms(live, batches))
    recipe = Registry("zoo_tf1").get("tfpose_mobilenet_v2_small").precisions["int8-executed"]
    outputs = list(place(net, read_config("per_channel")).activations)
    off = matching("--disable-output-quantizer", recipe.options["disable_output_quantizers"], outputs)
    simulation = Simulation(net, recipe.calibration.mode, config="per_channel", disabled_outputs=off)
    simulation.compute_encodings(batches)
    ends = net, simulation.placement, simulation.quantization
    model = integer_model(*ends)
    run, floats = OrtRunner(model, {OUTPUT + "_quantized:0": OUTPUT}, threads=1), executed_float(net, threads=1)
    with Runner(net) as reference:
        for batch in batches:
            expected, simulated = reference(batch)[OUTPUT], simulation.run(batch)[OUTPUT + "_quantized"]
            executed = run(batch)[OUTPUT]
            assert decibels(expected, floats(batch)[OUTPUT]) > 90
            likeness = decibels(expected, simulated)
            assert abs(decibels(expected, executed) - likeness) < 1
            assert decibels(simulated, executed) > 30
            record_property("executed against simulated, dB", decibels(simulated, executed))
    integers = [node.name for node in model.graph.node if node.name.endswith("/weights/float")]
    assert len(integers) == 14  # of the backbone; the rest touches tensors that the recipe leaves in float
