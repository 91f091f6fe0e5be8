"""Precisions as the card and the command line ask for them."""

import argparse

from zoo_common.cards import Card
from zoo_common.cards.parts import Recipe
from zoo_common.errors import ZooError, did_you_mean

HEADS = ("coordinates", "sigmas")
FLOAT_HEADS = "float_heads"
"""Recipe option: which heads an int8 network computes in float, with the pooling before them."""
OPTIONS = (FLOAT_HEADS,)
CHOICES = {"none": [], "coordinates": [HEADS[0]], "sigmas": [HEADS[1]], "both": list(HEADS)}
"""Of ``--float-heads``."""


def recipe_of(card: Card, precision: str, args: argparse.Namespace) -> Recipe:
    """Return a precision of a card, with what the command line overrides.

    Raises:
        ZooError: the card has no such precision, or asks for what cannot be.
    """
    if precision not in card.precisions:
        hint = did_you_mean(precision, card.precisions)
        raise ZooError("--precision: {} has no '{}'{}".format(card.name, precision, hint))
    recipe = card.precisions[precision]
    _check(card, precision, recipe)
    if args.float_heads is None or recipe.calibration is None:
        return recipe
    return with_float_heads(recipe, args.float_heads)


def with_float_heads(recipe: Recipe, choice: str) -> Recipe:
    """Return a recipe with one of `CHOICES`."""
    return recipe.model_copy(update={"options": dict(recipe.options, **{FLOAT_HEADS: CHOICES[choice]})})


def _check(card: Card, precision: str, recipe: Recipe) -> None:
    field = "{}: precisions.{}.options".format(card.path, precision)
    for name in recipe.options:
        if name not in OPTIONS:
            raise ZooError("{}: unknown '{}'{}".format(field, name, did_you_mean(name, OPTIONS)))
    heads = recipe.options.get(FLOAT_HEADS, [])
    if not isinstance(heads, list) or any(head not in HEADS for head in heads):
        raise ZooError("{}.{}: {} is no list of {}".format(field, FLOAT_HEADS, heads, " and ".join(HEADS)))
    if heads and recipe.calibration is None:
        raise ZooError("{}.{}: activations are float without calibration".format(field, FLOAT_HEADS))
