"""`sensitivity.json`: in the run it belongs to, and in no other."""

import math

import jsonschema
import pytest

from zoo_common.cli.schema import SCHEMAS
from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.evaluation import predict
from zoo_common.files import read_json
from zoo_common.frontend.sensitivity import check_run, write_to_run
from zoo_common.quantization.sensitivity import Sensitivity, records
from zoo_fakes import manifest_for

ROWS = [Sensitivity("conv", "activations", 8, 3.25, 0.5, 0.25), Sensitivity("conv", "weights", 4, math.inf)]


@pytest.fixture
def run(coco_tree, small_task, colour_network, tmp_path):
    dataset = open_coco(coco_tree)
    predict(small_task, colour_network, dataset, manifest_for(dataset, small_task, colour_network), tmp_path / "run")
    return tmp_path / "run"


def test_rows_are_kept_in_the_run(run):
    check_run(run, "colour", "fp32")
    assert write_to_run(run, "all_but_one", ROWS) == run / "sensitivity.json"
    found = read_json(run / "sensitivity.json")
    jsonschema.validate(found, SCHEMAS["sensitivity-1"]())
    assert found == {"schema_version": 1, "mode": "all_but_one", "rows": records(ROWS)}


def test_another_run_is_refused_by_both_names(run, tmp_path):
    check_run(None, "colour", "w8a8")
    with pytest.raises(ZooError, match="a run of colour at fp32, not of colour at w8a8"):
        check_run(run, "colour", "w8a8")
    with pytest.raises(ZooError, match="a run of colour at fp32, not of grey at fp32"):
        check_run(run, "grey", "fp32")
    with pytest.raises(ZooError, match="not a run directory"):
        check_run(tmp_path, "colour", "fp32")
