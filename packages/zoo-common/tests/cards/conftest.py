import hashlib

import pytest

WEIGHTS = b"sixteen bytes..."

CARD = """\
schema: 1
name: pose_small
title: Small pose network
task: topdown-heatmap
task_options:
  crop: gluoncv
  flip_test: false
  decode: quarter
framework: mxnet
network:
  builder: simple_pose
  options: {{base: resnet18, epsilon: 1e-5, joints: 17}}
input:
  height: 128
  width: 96
  color: rgb
  mean: [0.485, 0.456, 0.406]
  std: [0.229, 0.224, 0.225]
weights:
  - role: params
    file: weights/small.params
    sha256: {sha256}
    size: 16
    licence: Apache-2.0
    trained_on: drawn figures
precisions:
  fp32: {{execution: executed, weight_bits: 32, activation_bits: 32}}
  int8:
    execution: executed
    weight_bits: 8
    activation_bits: 8
    per_channel: true
    symmetric: true
    calibration: {{split: train, samples: 64, mode: naive}}
reference:
  - metric: AP
    value: 0.5
    tolerance: 0.005
    conditions: {{dataset: drawn-val, flip_test: false, boxes: ground-truth, precision: fp32}}
    source: measured
  - metric: AP50
    value: 0.9
    tolerance: 0.01
    conditions: {{dataset: drawn-val, flip_test: false, precision: fp32}}
    source: measured
notes: Forty lines are a card.
""".format(sha256=hashlib.sha256(WEIGHTS).hexdigest())


@pytest.fixture
def text():
    return CARD


@pytest.fixture
def package(tmp_path, text):
    """A folder as a package would have it: cards/ and weights/."""
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "pose_small.yaml").write_text(text)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "small.params").write_bytes(WEIGHTS)
    return tmp_path
