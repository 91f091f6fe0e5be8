"""How large the embedded graphs are."""

import pytest

from zoo_common.cards import Registry
from zoo_tf1.cli.main import parser
from zoo_tf1.networks.counting import size_of
from zoo_tf1.source import open_network


@pytest.mark.parametrize(
    "model, parameters, sums", [("paf_demo", 605_913, 749_952_000), ("ssd_demo", 454_033, 88_177_222)]
)
def test_sizes_of_the_embedded_graphs(model, parameters, sums):
    card = Registry("zoo_tf1").get(model)
    found = open_network(card, parser().parse_args(["evaluate", model]))
    size = size_of(found.network, (card.input.height, card.input.width))
    assert size == {"parameters": parameters, "multiply_adds": sums}
