import pytest

from zoo_common.cards import Conditions, Registry, check_reference
from zoo_common.errors import ZooError

RUN = {"dataset": "drawn-val", "flip_test": False, "boxes": "ground-truth", "images": 100}


@pytest.fixture
def card(package):
    return Registry(package).get("pose_small")


@pytest.mark.parametrize(
    ("measured", "status"),
    [
        (0.5, "PASSED"),
        (0.505, "PASSED"),
        (0.495, "PASSED"),
        (0.5051, "FAILED"),
        (0.49, "FAILED"),
        (float("nan"), "FAILED"),
    ],
)
def test_within_the_tolerance_to_either_side(card, measured, status):
    verdict = check_reference(card, "fp32", RUN, {"AP": measured})
    assert verdict.status == status
    assert (verdict.checks[0].expected, verdict.checks[0].tolerance) == (0.5, 0.005)
    assert str(verdict).startswith("{}: AP {:.4f}".format(status, measured))


def test_one_failure_fails_all(card):
    verdict = check_reference(card, "fp32", Conditions(**RUN), {"AP": 0.5, "AP50": 0.8, "AR": 0.1})
    assert verdict.status == "FAILED"
    assert [(check.metric, check.passed) for check in verdict.checks] == [("AP", True), ("AP50", False)]


@pytest.mark.parametrize(
    ("precision", "changes", "stats"),
    [
        ("int8", {}, {"AP": 0.5}),
        ("fp32", {"dataset": "drawn-train"}, {"AP": 0.5}),
        ("fp32", {"flip_test": True}, {"AP": 0.5}),
        ("fp32", {"flip_test": None}, {"AP": 0.5}),
        ("fp32", {"boxes": "detector"}, {"AP": 0.5}),
        ("fp32", {}, {"AR": 0.5}),
        ("fp32", {}, {"AP": None}),
        ("fp32", {}, {}),
    ],
)
def test_nothing_comparable_gives_no_verdict(card, precision, changes, stats):
    assert check_reference(card, precision, dict(RUN, **changes), stats) is None


def test_a_condition_not_stated_is_none(card):
    assert check_reference(card, "fp32", dict(RUN, boxes="detector"), {"AP50": 0.9}).status == "PASSED"


def test_misspelt_questions_are_errors_not_silence(card):
    with pytest.raises(ZooError, match="unknown precision 'int9'; did you mean 'int8'"):
        check_reference(card, "int9", RUN, {})
    with pytest.raises(ZooError, match=r"flip: .*did you mean 'flip_test'"):
        check_reference(card, "fp32", {"dataset": "x", "flip": True}, {})


def test_a_limited_run_is_not_held_against_the_whole(package, text):
    (package / "cards" / "pose_small.yaml").write_text(text.replace("boxes: ground-truth", "images: 200"))
    card = Registry(package).get("pose_small")
    assert check_reference(card, "fp32", RUN, {"AP": 0.1}) is None
    assert check_reference(card, "fp32", dict(RUN, images=200), {"AP": 0.1}).status == "FAILED"


def test_numbers_of_other_weights_are_kept_and_never_held_against_a_run(package, text):
    (package / "cards" / "pose_small.yaml").write_text(text.replace("boxes: ground-truth", "weights: of 64x48"))
    card = Registry(package).get("pose_small")
    assert card.reference[0].conditions.weights == "of 64x48"
    assert check_reference(card, "fp32", RUN, {"AP": 0.1}) is None
