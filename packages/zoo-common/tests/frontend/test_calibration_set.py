"""How many samples a quantizer sees where the split holds fewer than the card asks for."""

import logging

import pytest

from zoo_common.coco import open_coco
from zoo_common.errors import ZooError
from zoo_common.frontend.calibration import CalibrationSet


def test_a_number_asked_for_is_kept_to(coco_tree, small_task):
    dataset = open_coco(coco_tree)
    assert len(CalibrationSet(small_task, dataset, dataset, 12).chosen()) == 12
    with pytest.raises(ZooError, match=r"asks for 13 samples, .* holds 12: give --calibration-samples 12 or fewer"):
        CalibrationSet(small_task, dataset, dataset, 13).chosen()


def test_a_cards_number_is_all_there_are_and_said(coco_tree, small_task, caplog):
    dataset = open_coco(coco_tree)
    with caplog.at_level(logging.WARNING):
        calibration = CalibrationSet(small_task, dataset, dataset, 320, exactly=False)
        assert len(calibration.chosen()) == 12 and calibration.record().samples == 12
    assert "asks for 320 samples" in caplog.text and "all of them are used" in caplog.text
    empty = dataset.subset([image.id for image in dataset.images if not dataset.annotations(image.id)])
    with pytest.raises(ZooError, match="holds 0"):
        CalibrationSet(small_task, dataset, empty, 320, exactly=False).chosen()
