"""`list` of every framework package: its cards, what they run at, and what they are known to reach."""

from typing import Any, List, Sequence, Tuple

from tabulate import tabulate

from zoo_common.frontend.backend import Backend

Column = Tuple[str, str, bool]
COLUMNS = (("AP", "fp32", False), ("AP flip", "fp32", True))
NOTE = "AP as stated on the card: published on COCO val2017 from annotated boxes; a demo's measured on drawn images."


def add_list(commands: Any, backend: Backend, columns: Sequence[Column] = COLUMNS, note: str = NOTE) -> None:
    """Add the command ``list``.

    Args:
        columns: of reference APs to show: title, precision, with or without flip test.
        note: below the table: where those numbers come from.
    """
    parser = commands.add_parser("list", help="the models, their precisions and published accuracy")
    parser.set_defaults(function=lambda _: _list(backend, columns, note))


def _list(backend: Backend, columns: Sequence[Column], note: str) -> int:
    print(tabulate(card_rows(backend, columns), headers=headers(columns), disable_numparse=True))
    print("\n" + note)
    return 0


def headers(columns: Sequence[Column] = COLUMNS) -> List[str]:
    """Return the titles of what `card_rows` gives."""
    return ["model", "input", "precisions"] + [title for title, _, _ in columns] + ["title"]


def card_rows(backend: Backend, columns: Sequence[Column] = COLUMNS) -> List[List[str]]:
    """Return a row for each card of a backend.

    Raises:
        ZooError: a card is no good.
    """
    rows = []
    for name in backend.registry.names():
        card = backend.registry.get(name)
        published = {
            (item.conditions.precision, bool(item.conditions.flip_test)): "{:.3f}".format(item.value)
            for item in card.reference
            if item.metric == "AP"
            and item.conditions.boxes in (None, "ground-truth")
            and item.conditions.weights is None
        }
        size = "{}x{}".format(card.input.height, card.input.width)
        cells = [published.get((precision, flip), "-") for _, precision, flip in columns]
        rows.append([name, size, ",".join(card.precisions)] + cells + [card.title])
    return rows
