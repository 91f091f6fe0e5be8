"""What the tests of the workflow share: environments, a small COCO tree, the run of a single process."""

import os
import subprocess

import pytest
import yaml
from sharded import LIMIT, MODEL, OPTIONS, ROOT, Workflow, contents


@pytest.fixture(scope="session")
def workflow(tmp_path_factory):
    """The workflow over environments that exist here: a model's own, or those of its tests."""
    folders = {}
    for name, program, others in (("mxnet", "zoo-mxnet", "test-mxnet"), ("zoo", "zoo", "test-report")):
        found = [folder for folder in (name, others) if (ROOT / ".tox" / folder / "bin" / program).exists()]
        if not found:
            pytest.skip("no environment {0}: tox -e {0} makes it".format(name))
        folders[name] = ".tox/" + found[0]
    data = tmp_path_factory.mktemp("coco")
    zoo = str(ROOT / folders["zoo"] / "bin" / "zoo")
    synth = [zoo, "data", "synth", "--out", str(data), "--train", "40", "--val", str(LIMIT)]
    subprocess.run(synth, check=True, stdout=subprocess.DEVNULL)
    return Workflow(folders, data)


@pytest.fixture(scope="session")
def undivided(workflow, tmp_path_factory):
    """What a single process writes, by precision; scored by `zoo`, as another NumPy differs in a score's last bit."""
    folder = tmp_path_factory.mktemp("undivided")
    environment = yaml.safe_load((ROOT / "workflow" / "config.yaml").read_text())["environments"]["mxnet"]
    variables = {name: str(value) for name, value in environment["variables"].items()}
    variables["ZOO_LOCK"] = str(ROOT / variables["ZOO_LOCK"])
    command = [str(ROOT / workflow.folders["mxnet"] / "bin" / "zoo-mxnet"), "evaluate", MODEL]
    command += ["--precision", "fp32,int8", "--data", str(workflow.data), "--limit", str(LIMIT), *OPTIONS.split()]
    command += ["--no-latency", "--no-progress"]
    subprocess.run(command, check=True, cwd=folder, env=dict(os.environ, **variables), stdout=subprocess.DEVNULL)
    runs = {run.name.split("-")[1]: run for run in (folder / "runs").iterdir()}
    assert set(runs) == {"fp32", "int8"}
    zoo = str(ROOT / workflow.folders["zoo"] / "bin" / "zoo")
    for run in runs.values():
        subprocess.run([zoo, "score", str(run), "--data", str(workflow.data)], check=True, stdout=subprocess.DEVNULL)
    return {precision: contents(run) for precision, run in runs.items()}
