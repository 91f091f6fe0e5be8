"""The real MobileNet-v2 pose graph, executed."""

import os
from pathlib import Path

import numpy as np
import pytest
from tf1_execute_graphs import decibels

from zoo_common.coco import read_image
from zoo_common.paf import fit, lay
from zoo_tf1.execute.floats import executed_float
from zoo_tf1.execute.integers import integer_model
from zoo_tf1.execute.runtime import OrtRunner
from zoo_tf1.quantsim.batch_norms import average_batch_norms, fold_batch_norms
from zoo_tf1.quantsim.equalise import equalise
from zoo_tf1.quantsim.load import load
from zoo_tf1.quantsim.runner import Runner
from zoo_tf1.quantsim.simulation import Simulation

REAL = os.environ.get("ZOO_REAL_DATA")
pytestmark = pytest.mark.skipif(not REAL, reason="ZOO_REAL_DATA is not set")
OUTPUT = "Openpose/concat_stage7"
HEIGHT = 184


def photographs(number):
    for path in sorted(Path(str(REAL), "coco", "images", "train2017").glob("*.jpg"))[:number]:
        image = read_image(path)
        place = fit(image.shape[1], image.shape[0], HEIGHT)
        yield lay(image, place, 128)[None].astype(np.float32)


def test_the_pose_graph_executes(record_property):
    """In 8 bits it is chaotic: a flipped byte changes much downstream. So what is compared is the likeness to fp32."""
    path = Path(str(REAL)) / "weights" / "tfpose_mobilenet_v2_small" / "graph_opt.pb"
    live = load(path, ["image:0"], [OUTPUT + ":0"], training_batch_norms=True)
    batches = list(photographs(2))
    net, _ = equalise(fold_batch_norms(average_batch_norms(live, batches))[0])
    concats = ["Openpose/MConv_Stage{}_concat".format(stage) for stage in range(2, 7)]
    separable = [n.name for n in net.graph.node if n.name.startswith("Openpose") and n.op == "DepthwiseConv2dNative"]
    simulation = Simulation(
        net, "tf_enhanced", disabled_outputs=concats + [f for f in separable if f.endswith("depthwise")]
    )
    simulation.compute_encodings(batches)
    ends = net, simulation.placement, simulation.quantization
    model = integer_model(*ends)
    run, floats = OrtRunner(model, {OUTPUT + "_quantized:0": OUTPUT}, threads=1), executed_float(net, threads=1)
    with Runner(net) as reference:
        for batch in batches:
            expected, simulated = reference(batch)[OUTPUT], simulation.run(batch)[OUTPUT + "_quantized"]
            executed = run(batch)[OUTPUT]
            assert decibels(expected, floats(batch)[OUTPUT]) > 90
            assert abs(decibels(expected, executed) - decibels(expected, simulated)) < 1
            assert decibels(simulated, executed) > decibels(expected, simulated)
            record_property("executed against simulated, dB", decibels(simulated, executed))
    integers = [node.name for node in model.graph.node if node.name.endswith("/weights/float")]
    assert len(integers) == 39  # all but the separable stages
