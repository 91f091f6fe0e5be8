"""Additions of several terms: which belong together, and in which order an integer network computes them cheapest.

The terms of a fuse layer of HRNet come at several resolutions: convolution, upsampling, addition. Nearest upsampling
repeats values, so it commutes with rounding and with addition: a + up2(b) + up4(c) = a + up2(b + up2(c)), where most
of the work happens at the low resolutions.
"""

from typing import Container, Dict, List, NamedTuple, Set

from zoo_torch.quantize.graph import FoldedGraph, Node


class Term(NamedTuple):
    """One term of a sum.

    Attributes:
        name: the node whose value is added.
        factor: by how much that value has to be upsampled first; 1: not at all.
    """

    name: str
    factor: int = 1


class Sums(NamedTuple):
    """The sums of a network.

    Attributes:
        terms: name of the addition that ends a sum to its terms, in the network's order.
        absorbed: nodes that exist only inside such sums: earlier additions, and upsamplings of their terms.
    """

    terms: Dict[str, List[Term]]
    absorbed: Set[str]


def find_sums(graph: FoldedGraph, rounded: Container[str]) -> Sums:
    """Return the sums of a network: chains of additions without rounding or another reader in between.

    Args:
        graph: the network.
        rounded: names of the nodes that are rounded.
    """
    nodes = {node.name: node for node in graph.nodes}
    readers: Dict[str, int] = {}
    for node in graph.nodes:
        for name in node.inputs:
            readers[name] = readers.get(name, 0) + 1
    terms: Dict[str, List[Term]] = {}
    absorbed: Set[str] = set()

    def collect(node: Node) -> List[Term]:
        found: List[Term] = []
        for name in node.inputs:
            operand = nodes[name]
            if operand.op == "add" and readers[name] == 1 and name not in rounded:
                absorbed.add(name)
                found += collect(operand)
                terms.pop(name, None)
            elif operand.op == "upsample" and readers[name] == 1:
                absorbed.add(name)
                found.append(Term(name, operand.options["factor"]))
            else:
                found.append(Term(name))
        return found

    for node in graph.nodes:
        if node.op == "add":
            terms[node.name] = collect(node)
    return Sums(terms, absorbed)
