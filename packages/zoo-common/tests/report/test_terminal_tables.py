"""`zoo ls` and `zoo show` on a terminal: grouped, coloured, and readable at the width there is."""

import io
import sys

import pytest
from rich.console import Console

from run_documents import write_run
from zoo_common.cli.main import main
from zoo_common.runs.facts import load_facts
from zoo_common.runs.listing import rows
from zoo_common.tables.rich_listing import print_rows
from zoo_common.tables.rich_run import print_run

RED, GREEN, YELLOW = "\x1b[1;31m", "\x1b[1;32m", "\x1b[33m"


def drawn(function, *arguments, width=100, colour=False, **more):
    stream = io.StringIO()
    system = "standard" if colour else None
    console = Console(file=stream, width=width, force_terminal=colour, color_system=system, highlight=False)
    function(*arguments, console, **more)
    return stream.getvalue()


@pytest.fixture
def found(tmp_path):
    for model in ("simple_pose_demo", "hrnet_demo"):
        for precision in ("fp32", "int8-executed", "w4a8"):
            write_run(tmp_path / "runs" / (model + "-" + precision), model=model, precision=precision)
    return rows([tmp_path / "runs"])


@pytest.mark.parametrize("width", [60, 80, 100, 160, 400])
def test_no_line_is_wider_than_the_terminal_and_no_name_is_cut(found, width):
    text = drawn(print_rows, found, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for shown in ("simple_pose_demo", "  int8-executed", "0.5000", "FAILED", "AP"):
        assert shown in text
    assert text.count("hrnet_demo") == (4 if found[0]["run"] in text else 1), "a group names its model once"


def test_what_is_left_out_is_said(found):
    assert "left out at this width: " in drawn(print_rows, found, width=80)
    assert "left out" not in drawn(print_rows, found, width=400)


def test_a_long_state_takes_more_lines_but_no_more_columns(found):
    found[0]["state"] = "complete, 1 images failed, calibrated on 20 evaluated images"
    text = drawn(print_rows, found, width=100)
    assert "evaluated" in text and "0.5000" in text and "1.25" in text and max(map(len, text.splitlines())) <= 100


def test_what_all_share_is_said_once(found):
    text = drawn(print_rows, found)
    assert text.count("val2017 (synthetic)") == 1 and text.startswith("val2017 (synthetic), complete, 1 images failed")
    found[0]["data"] = "val2017"
    assert drawn(print_rows, found).count("val2017 (synthetic)") == len(found) - 1


def test_colours_and_dashes(found):
    found[0]["status"] = "PASSED"
    del found[1]["AP"]
    text = drawn(print_rows, found, width=160, colour=True)
    assert GREEN + "PASSED" in text and RED + "FAILED" in text and YELLOW + "  int8-executed" in text
    assert "\x1b[2m     –" in text


def test_sorted_rows_are_not_grouped(found):
    text = drawn(print_rows, found, grouped=False)
    assert text.count("simple_pose_demo") == 3


def test_names_are_no_markup(found):
    found[0].update(model="[red]odd[/]", precision="[bold]")
    text = drawn(print_rows, found)
    assert "[red]odd[/]" in text and "[bold]" in text


def test_ls_is_rich_on_a_terminal_only(tmp_path, capsys, monkeypatch):
    write_run(tmp_path / "pose")
    monkeypatch.setenv("COLUMNS", "100")
    texts = []
    for terminal in (False, True):
        monkeypatch.setattr(sys.stdout, "isatty", lambda terminal=terminal: terminal, raising=False)
        with pytest.raises(SystemExit):
            main(["ls", str(tmp_path)])
        texts.append(capsys.readouterr().out)
    assert "-----" in texts[0] and "─────" not in texts[0] and "\x1b" not in texts[0]
    assert "─────" in texts[1]


def test_show_prints_every_section_in_colour(tmp_path):
    seen = {"split": "val2017", "images": 5, "samples": 9, "image_ids_sha256": "b" * 64, "evaluated_images_seen": 5}
    facts = load_facts(write_run(tmp_path, calibration=seen))
    text = drawn(print_run, facts, colour=True, width=400)
    for title in "Identity Verdict Accuracy Fidelity Speed Size Data Calibration Protocol Network Command".split():
        assert "\x1b[1m" + title + "\x1b[0m\n" in text
    assert RED + "5 EVALUATED IMAGES" in text and YELLOW + "no: SYNTHETIC" in text and RED + "FAILED" in text


@pytest.mark.parametrize("width", [50, 100])
def test_show_fits_and_loses_nothing(tmp_path, width):
    facts = load_facts(write_run(tmp_path, network={"a_field_of_a_rather_long_name_indeed": "value " * 30 + "end"}))
    text = drawn(print_run, facts, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count("value") == 30 and "end" in text


def test_show_by_command_is_plain_in_a_pipe(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["show", str(write_run(tmp_path))])
    out = capsys.readouterr().out
    assert stop.value.code == 0 and "\x1b" not in out and max(map(len, out.splitlines())) <= 100
