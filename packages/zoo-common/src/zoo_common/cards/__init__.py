"""Model cards: one YAML file says everything about a model that is not code."""

from zoo_common.cards.card import BaseCard, Card, OtherTaskCard, TopDownHeatmapCard, TopDownHeatmapOptions
from zoo_common.cards.load import card_schema, load_card
from zoo_common.cards.parts import Calibration, Conditions, Input, Recipe, Reference, Weights
from zoo_common.cards.reference import Check, Verdict, check_reference
from zoo_common.cards.registry import Registry
from zoo_common.cards.weights import resolve_weights

__all__ = [
    "BaseCard",
    "Calibration",
    "Card",
    "Check",
    "Conditions",
    "Input",
    "OtherTaskCard",
    "Recipe",
    "Reference",
    "Registry",
    "TopDownHeatmapCard",
    "TopDownHeatmapOptions",
    "Verdict",
    "Weights",
    "card_schema",
    "check_reference",
    "load_card",
    "resolve_weights",
]
