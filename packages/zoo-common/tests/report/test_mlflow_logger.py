"""Runs in MLflow's local file store, read back with MLflow's own client."""

import pytest

from run_documents import write_run
from zoo_common.cli.main import main
from zoo_common.errors import ZooError
from zoo_common.files import read_json, write_json
from zoo_common.loggers.entry import entry_of
from zoo_common.loggers.to_mlflow import MlflowLogger
from zoo_common.runs.facts import load_facts
from zoo_common.tables.columns import flat_row


@pytest.fixture(autouse=True)
def quiet_mlflow(monkeypatch, tmp_path):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("DO_NOT_TRACK", "true")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def store(tmp_path):
    return (tmp_path / "store").as_uri()


def log(capsys, store, *folders):
    with pytest.raises(SystemExit) as stop:
        main(["log", *map(str, folders), "--to", "mlflow", "--tracking-uri", store, "--experiment", "pose"])
    assert stop.value.code == 0
    return [line.rsplit(": ", 1)[1] for line in capsys.readouterr().out.splitlines()]


def logged(store):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=store)
    return client, client.search_runs([client.get_experiment_by_name("pose").experiment_id])


def test_a_run_comes_back_whole(tmp_path, store, capsys):
    run = write_run(tmp_path / "runs" / "a")
    assert log(capsys, store, run) == ["logged"]
    client, (found,) = logged(store)
    row = flat_row(load_facts(run))
    assert found.info.run_name == "pose int8" and found.info.status == "FINISHED"
    assert found.data.metrics["AP"] == 0.5 and found.data.metrics["latency_p90_ms"] == 3.5
    assert found.data.metrics["file_bytes"] == 1250000 and "AR100" not in found.data.metrics
    assert found.data.params["network.weights.bits"] == "8"
    assert found.data.params["protocol.input_size"] == "[192, 128]"
    tags = {name[4:]: value for name, value in found.data.tags.items() if name.startswith("zoo.")}
    assert tags["identity"] == row["identity"] and tags["synthetic"] == "true"
    assert (tags["arithmetic"], tags["fingerprint"], tags["status"]) == ("executed", "f" * 64, "FAILED")
    names = "fidelity manifest measurements score sensitivity verdict"
    assert [item.path for item in client.list_artifacts(found.info.run_id)] == [n + ".json" for n in names.split()]
    copy = client.download_artifacts(found.info.run_id, "score.json", str(tmp_path))
    assert read_json(copy) == read_json(run / "score.json")


def test_logged_twice_is_one_run(tmp_path, store, capsys):
    runs = tmp_path / "runs"
    write_run(runs / "a")
    write_run(runs / "b", precision="fp32")
    assert log(capsys, store, runs) == ["logged", "logged"]
    assert log(capsys, store, runs) == ["unchanged", "unchanged"]
    score = read_json(runs / "a" / "score.json")
    score["stats"]["AP"] = 0.875
    write_json(runs / "a" / "score.json", score)
    assert log(capsys, store, runs) == ["updated", "unchanged"]
    _, found = logged(store)
    assert sorted(item.data.metrics["AP"] for item in found) == [0.5, 0.875]


def test_half_logged_is_logged_again(tmp_path, store, monkeypatch):
    entry = entry_of(load_facts(write_run(tmp_path / "a")))
    logger = MlflowLogger("pose", store)
    monkeypatch.setattr(logger._client, "log_artifact", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        logger.log(entry)
    assert MlflowLogger("pose", store).log(entry) == "updated"
    assert len(logged(store)[1]) == 1


def test_incomplete_runs_and_shards_are_skipped(tmp_path, store, capsys):
    write_run(tmp_path / "runs" / "a", complete=False)
    write_run(tmp_path / "runs" / "b", shard={"index": 1, "count": 2})
    said = log(capsys, store, tmp_path / "runs")
    assert said[0].startswith("skipped, not complete") and said[1].startswith("skipped, a shard")
    assert logged(store)[1] == []


def test_identities_larger_than_a_batch(tmp_path, store):
    network = {"layer {}@x".format(number): number for number in range(250)}
    assert MlflowLogger("pose", store).log(entry_of(load_facts(write_run(tmp_path / "a", network=network)))) == "logged"
    assert logged(store)[1][0].data.params["network.layer 249_x"] == "249"


def test_a_folder_is_allowed_aloud(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE")
    MlflowLogger("pose", str(tmp_path / "store"))
    assert "MLflow maintains its file store" in capsys.readouterr().err
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "false")
    with pytest.raises(ZooError, match="maintenance mode"):
        MlflowLogger("pose", str(tmp_path / "other"))


@pytest.mark.parametrize("uri", [None, "sqlite:///mlflow.db"])
def test_databases_need_the_whole_mlflow(uri):
    with pytest.raises(ZooError, match=r"sqlite:.*mlflow-skinny opens no databases"):
        MlflowLogger("pose", uri)
