"""The real MobileNet-v2 pose graph: counts, names, cost."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.batch_norms import average_batch_norms, fold_batch_norms
from zoo_tf1.quantsim.calibrate import calibrate
from zoo_tf1.quantsim.config import read_config
from zoo_tf1.quantsim.insert import insert_activations, round_constants
from zoo_tf1.quantsim.load import load
from zoo_tf1.quantsim.placement import place
from zoo_tf1.quantsim.runner import Runner

REAL = os.environ.get("ZOO_REAL_DATA")
pytestmark = pytest.mark.skipif(not REAL, reason="ZOO_REAL_DATA is not set")
OUTPUT = "Openpose/concat_stage7"


def test_the_pose_graph_quantizes():
    path = Path(str(REAL)) / "weights" / "tfpose_mobilenet_v2_small" / "graph_opt.pb"
    with pytest.raises(ZooError, match="'MobilenetV2/Conv/BatchNorm/FusedBatchNorm' and 38 more is in training mode"):
        load(path, ["image:0"], [OUTPUT + ":0"])
    live = load(path, ["image:0"], [OUTPUT + ":0"], training_batch_norms=True)
    batch = np.random.RandomState(0).randint(0, 256, (1, 96, 96, 3)).astype(np.float32)
    net, remaining = fold_batch_norms(average_batch_norms(live, [batch]))
    assert remaining == []
    with Runner(live) as before, Runner(net) as after:
        np.testing.assert_allclose(before(batch)[OUTPUT], after(batch)[OUTPUT], atol=1e-3)
    placement = place(net, read_config())
    on = placement.enabled()
    assert (len(on.parameters), len(on.activations)) == (159, 176)
    assert sum(item.kind == "bias" for item in placement.parameters.values()) == 99
    made = calibrate(net, placement, [batch], "tf")
    rounded = round_constants(net, placement, made.parameters)
    begin = time.process_time()
    quantized = insert_activations(rounded, made.activations)
    assert time.process_time() - begin < 0.5
    with Runner(quantized) as runner:
        assert runner(batch)[OUTPUT + "_quantized"].shape == (1, 12, 12, 57)
