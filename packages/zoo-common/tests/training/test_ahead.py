"""Batches made in the background: the same, in order, and no thread stays behind."""

import itertools
import threading

import pytest

from zoo_common.training.ahead import ahead


def names():
    return [thread.name for thread in threading.enumerate()]


def test_order_stays_and_an_endless_stream_can_be_left():
    with ahead(itertools.count(), 2) as numbers:
        assert [next(numbers) for _ in range(50)] == list(range(50))
        assert "batches" in names()
    assert "batches" not in names()


def test_it_ends_where_its_items_end():
    with ahead(iter("abc"), 5) as letters:
        assert list(letters) == ["a", "b", "c"]


def test_no_more_than_asked_for_are_drawn():
    drawn = []

    def items():
        for number in range(100):
            drawn.append(number)
            yield number

    with ahead(items(), 3) as numbers:
        next(numbers)
    assert len(drawn) <= 1 + 3 + 1 + 1


def test_an_error_comes_where_the_item_would_have():
    def items():
        yield 1
        raise ValueError("broken")

    with ahead(items(), 2) as numbers:
        assert next(numbers) == 1
        with pytest.raises(ValueError, match="broken"):
            next(numbers)
    assert "batches" not in names()
