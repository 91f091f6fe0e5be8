"""An MXNet symbol as an editable graph of named nodes.

MXNet symbols are immutable; passes that fold, split or replace layers work on this form and turn it
back into a symbol. The form is MXNet's own symbol JSON with node numbers replaced by names, so that
fused nodes (which carry subgraphs) survive the round trip unchanged.
"""

import json
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Optional, Tuple

import mxnet as mx

Entry = Tuple[str, int]  # (node name, output number)


@dataclass
class Node:
    """One operator, or a variable when ``op`` is ``"null"``. Attribute values are MXNet's strings."""

    op: str
    name: str
    attrs: Dict[str, str] = field(default_factory=dict)
    inputs: List[Entry] = field(default_factory=list)
    subgraphs: Optional[List[Any]] = None

    def tuple_attr(self, key: str, default: str = "()") -> Tuple[int, ...]:
        """Return an attribute such as ``(2, 2)`` as integers."""
        text = self.attrs.get(key, default).strip("()[] ")
        return tuple(int(part) for part in text.split(",") if part.strip())

    def flag(self, key: str, default: bool = False) -> bool:
        """Return a boolean attribute."""
        return self.attrs.get(key, str(default)).lower() in ("true", "1")


class Graph:
    """Nodes by name in topological order, and the entries that are the outputs."""

    def __init__(self, nodes: Dict[str, Node], heads: List[Entry]):
        self.nodes = nodes
        self.heads = heads

    @classmethod
    def from_symbol(cls, symbol: mx.sym.Symbol) -> "Graph":
        """Read a symbol; operators that share a name get a number appended."""
        document = json.loads(symbol.tojson())
        names: List[str] = []
        nodes: Dict[str, Node] = {}
        for raw in document["nodes"]:
            name = raw["name"]
            while name in nodes:
                name += "_again"
            names.append(name)
            inputs = [(names[entry[0]], entry[1]) for entry in raw["inputs"]]
            nodes[name] = Node(raw["op"], name, dict(raw.get("attrs") or {}), inputs, raw.get("subgraphs"))
        return cls(nodes, [(names[entry[0]], entry[1]) for entry in document["heads"]])

    def to_symbol(self) -> mx.sym.Symbol:
        """Build the symbol; nodes that no output needs are left out."""
        ordered = self.sorted_nodes()
        number = {node.name: index for index, node in enumerate(ordered)}
        raw_nodes = []
        for node in ordered:
            raw: Dict[str, Any] = {"op": node.op, "name": node.name}
            if node.attrs:
                raw["attrs"] = node.attrs
            raw["inputs"] = [[number[name], output, 0] for name, output in node.inputs]
            if node.subgraphs:
                raw["subgraphs"] = node.subgraphs
            raw_nodes.append(raw)
        document = {
            "nodes": raw_nodes,
            "arg_nodes": [index for index, node in enumerate(ordered) if node.op == "null"],
            "node_row_ptr": list(range(len(ordered) + 1)),
            "heads": [[number[name], output, 0] for name, output in self.heads],
            "attrs": {"mxnet_version": ["int", 10901]},
        }
        return mx.sym.load_json(json.dumps(document))

    def sorted_nodes(self) -> List[Node]:
        """Return the nodes the outputs need, inputs before users."""
        ordered: List[Node] = []
        done = set()
        stack = [(name, False) for name, _ in reversed(self.heads)]
        while stack:
            name, expanded = stack.pop()
            if name in done:
                continue
            node = self.nodes[name]
            if expanded:
                done.add(name)
                ordered.append(node)
                continue
            stack.append((name, True))
            stack.extend((source, False) for source, _ in reversed(node.inputs) if source not in done)
        return ordered

    def of_type(self, *ops: str) -> Iterator[Node]:
        """Yield the needed nodes of the given operators, inputs before users."""
        return iter([node for node in self.sorted_nodes() if node.op in ops])

    def consumers(self) -> Dict[str, List[Node]]:
        """Return for every node the nodes that read any of its outputs (a head counts as none)."""
        users: Dict[str, List[Node]] = {name: [] for name in self.nodes}
        for node in self.sorted_nodes():
            for source in dict.fromkeys(name for name, _ in node.inputs):
                users[source].append(node)
        return users

    def only_consumer(self, node: Node, users: Dict[str, List[Node]]) -> Optional[Node]:
        """Return the single reader of ``node``, or None if it has several or is an output."""
        readers = users[node.name]
        if len(readers) != 1 or any(name == node.name for name, _ in self.heads):
            return None
        return readers[0]

    def add(self, op: str, name: str, inputs: List[Entry], **attrs: Any) -> Entry:
        """Add an operator and return its first output."""
        if name in self.nodes:
            raise ValueError("node '{}' exists already".format(name))
        self.nodes[name] = Node(op, name, {key: str(value) for key, value in attrs.items()}, list(inputs))
        return (name, 0)

    def variable(self, name: str) -> Entry:
        """Add (or find) a variable."""
        if name not in self.nodes:
            self.nodes[name] = Node("null", name)
        return (name, 0)

    def redirect(self, old: Entry, new: Entry, keep: Tuple[str, ...] = ()) -> None:
        """Make every reader of ``old`` read ``new`` instead, except the nodes named in ``keep``."""
        for node in self.nodes.values():
            if node.name not in keep:
                node.inputs = [new if entry == old else entry for entry in node.inputs]
        self.heads = [new if entry == old else entry for entry in self.heads]
