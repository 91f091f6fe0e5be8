"""From a YAML file to a model card, and the published schema of such files."""

from pathlib import Path
from typing import Any, Dict, Optional

from pydantic import Field, TypeAdapter
from typing_extensions import Annotated

from zoo_common.cards.card import CARDS, Card
from zoo_common.cards.plain_yaml import read_yaml
from zoo_common.errors import ZooError, did_you_mean
from zoo_common.files import PathLike, sha256_file
from zoo_common.schema import parse


def load_card(path: PathLike, root: Optional[PathLike] = None) -> Card:
    """Read and check one model card.

    Args:
        path: the YAML file.
        root: folder that the ``file`` of weights is relative to; the card's own folder if not given.

    Raises:
        ZooError: broken YAML (with line and column), or a field is wrong (with its path and value).
    """
    value = read_yaml(path)
    if not isinstance(value, dict):
        raise ZooError("{}: a model card is a mapping of fields".format(path))
    cards = {task: card for card in CARDS for task in card.TASKS}
    task = value.get("task")
    if not isinstance(task, str) or task not in cards:
        hint = "; missing" if task is None else did_you_mean(str(task), cards)
        raise ZooError("{}: task: unknown task (got {!r}){}".format(path, task, hint))
    card: Card = parse(cards[task], value, str(path))
    file = Path(path).absolute()
    card.came_from(file, Path(root).absolute() if root is not None else file.parent, sha256_file(file))
    return card


def card_schema() -> Dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a model card."""
    adapter: Any = TypeAdapter(Annotated[Card, Field(discriminator="task")])
    schema = adapter.json_schema()
    return dict(schema, **{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Model card"})
