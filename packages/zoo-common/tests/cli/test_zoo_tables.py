"""`zoo ls`, `zoo show`, `zoo export` and `zoo log` as a user meets them, without the libraries of any extra."""

import json
import sys

import pytest

from run_documents import write_run
from zoo_common.cli.main import main


def zoo(capsys, *argv):
    """Run the command line; returns exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as stop:
        main([str(arg) for arg in argv])
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


@pytest.fixture(autouse=True)
def no_extras(monkeypatch):
    for name in ("rich", "rich.console", "pyarrow", "mlflow", "wandb"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.fixture
def runs(tmp_path):
    for precision, stats in (("fp32", {"AP": 0.5}), ("int8", {"AP": 0.75}), ("w4a8", {"AR": 0.6})):
        run = write_run(tmp_path / "runs" / ("pose-" + precision), precision=precision)
        score = json.loads((run / "score.json").read_text())
        (run / "score.json").write_text(json.dumps(dict(score, stats=stats)))
    write_run(tmp_path / "runs" / "boxes-int8", model="boxes", boxes=True)
    return tmp_path / "runs"


def names(out):
    return [(row["model"], row["precision"]) for row in json.loads(out)]


def test_ls_filters_and_sorts(runs, capsys):
    _, out, _ = zoo(capsys, "ls", runs, "--json", "--precision", "int8,fp32", "--sort", "AP")
    assert names(out) == [("pose", "int8"), ("pose", "fp32"), ("boxes", "int8")]
    _, out, _ = zoo(capsys, "ls", runs, "--json", "--model", "pose", "--sort", "AP")
    assert names(out) == [("pose", "int8"), ("pose", "fp32"), ("pose", "w4a8")], "absent comes last"
    _, by_title, _ = zoo(capsys, "ls", runs, "--json", "--sort", "samples/s")
    _, by_key, _ = zoo(capsys, "ls", runs, "--json", "--sort", "samples_per_s")
    assert by_title == by_key
    _, out, _ = zoo(capsys, "ls", runs, "--json", "--sort", "AR")
    assert names(out)[:2] == [("pose", "w4a8"), ("boxes", "int8")], "a detector's AR100 stands in the column AR"
    _, out, _ = zoo(capsys, "ls", runs, "--json", "--sort", "model")
    assert names(out)[0] == ("boxes", "int8")


def test_ls_is_plain_without_rich_even_on_a_terminal(runs, capsys, monkeypatch):
    code, plain, _ = zoo(capsys, "ls", runs)
    assert code == 0 and plain.splitlines()[0].startswith("model    precision    arithmetic")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert zoo(capsys, "ls", runs)[1] == plain


def test_show_as_json_needs_no_extra(runs, capsys):
    code, out, _ = zoo(capsys, "show", runs / "pose-int8", "--json")
    assert code == 0 and json.loads(out)["score"]["stats"] == {"AP": 0.75}


def test_export_prints_or_writes(runs, tmp_path, capsys):
    code, out, _ = zoo(capsys, "export", runs)
    assert code == 0 and out.startswith("model,precision,executed,") and len(out.splitlines()) == 5
    code, out, _ = zoo(capsys, "export", runs, "--out", tmp_path / "runs.json")
    assert code == 0 and "4 runs as json" in out
    assert len(json.loads((tmp_path / "runs.json").read_text())) == 4


MISTAKES = [
    (["ls", "RUNS", "--sort", "sample/s"], "did you mean 'samples/s'?"),
    (["ls", "RUNS", "--model", "box"], "--model: no run of 'box'; did you mean 'boxes'?"),
    (["ls", "RUNS", "--precision", "fp32,int4"], "no run of 'int4'; did you mean 'int8'?"),
    (["show", "RUNS"], "not a run directory"),
    (["show", "RUNS/pose-int8"], 'pip install "zoo-common[report]"'),
    (["export", "RUNS", "--format", "parquet"], "name a file with --out"),
    (["export", "RUNS", "--out", "RUNS/x.parquet"], 'pip install "zoo-common[report]"'),
    (["export", "RUNS", "--format", "xlsx"], "unknown 'xlsx'"),
    (["export", "RUNS/boxes-int8/nowhere"], "no such folder"),
    (["log", "RUNS", "--to", "mlflow"], 'pip install "zoo-common[mlflow]"'),
    (["log", "RUNS", "--to", "wandb"], 'pip install "zoo-common[wandb]"'),
    (["log", "RUNS", "--to", "wandb", "--tracking-uri", "x"], "WANDB_BASE_URL"),
    (["log", "RUNS"], "--to"),
]


@pytest.mark.parametrize("argv, message", MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_of_tables_is_one_line_and_exit_code_2(argv, message, runs, capsys):
    code, _, err = zoo(capsys, *(word.replace("RUNS", str(runs)) for word in argv))
    assert code == 2
    assert message in err and err.count("\n") == 1 and "Traceback" not in err


def test_an_empty_folder(tmp_path, capsys):
    assert zoo(capsys, "ls", tmp_path)[:2] == (0, "no runs below {}\n".format(tmp_path))
    code, _, err = zoo(capsys, "export", tmp_path)
    assert code == 2 and "no runs below" in err
