"""The published JSON Schemas: what runs write satisfies them, and they are the ones in docs/."""

import json
import sys
from pathlib import Path

import jsonschema
import pytest

from zoo_common.cli.schema import SCHEMAS
from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.evaluation import predict
from zoo_common.files import read_json, write_json
from zoo_common.runs import open_run, score_run
from zoo_fakes import manifest_for

DOCS = Path(__file__).parents[4] / "docs" / "schema"


@pytest.fixture
def run(coco_tree, small_task, colour_network, tmp_path):
    dataset = open_coco(coco_tree)
    predict(small_task, colour_network, dataset, manifest_for(dataset, small_task, colour_network), tmp_path / "run")
    score_run(tmp_path / "run", dataset)
    return tmp_path / "run"


@pytest.mark.parametrize(
    "name, file", [("manifest-1", "manifest.json"), ("score-1", "score.json"), ("measurements-1", "measurements.json")]
)
def test_runs_satisfy_the_published_schema(name, file, run):
    published = read_json(DOCS / (name + ".json"))
    document = read_json(run / file)
    jsonschema.validate(document, published)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(dict(document, schema_version=2), published)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="older pydantic words the same schema differently")
@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_docs_hold_the_current_schemas(name):
    assert read_json(DOCS / (name + ".json")) == json.loads(json.dumps(SCHEMAS[name]())), (
        "run: zoo schema --out docs/schema"
    )


def test_a_damaged_manifest_names_its_field(run):
    broken = read_json(run / "manifest.json")
    broken["batch_size"] = -3
    broken["flavour"] = "sweet"
    write_json(run / "manifest.json", broken)
    with pytest.raises(ZooError, match=r"manifest.json: .*batch_size.*\(got -3\).*flavour"):
        open_run(run)


def test_measurements_are_typed(run):
    with pytest.raises(ZooError, match=r"measurements.json: samples.*\(got -1\).*; smaples: .*did you mean 'samples'"):
        open_run(run).write_measurements({"samples": -1, "smaples": 2})
    before = read_json(run / "measurements.json")
    open_run(run).write_measurements({"wall_s": 1.5})
    assert read_json(run / "measurements.json") == {"schema_version": 1, "wall_s": 1.5} != before
