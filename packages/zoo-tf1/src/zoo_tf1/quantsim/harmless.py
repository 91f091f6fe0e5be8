"""What of a graph may run: operations that compute, not those that reach files, the network or Python."""

import re
from typing import Iterable, Iterator

from zoo_common.errors import ZooError
from zoo_tf1.quantsim.graph import GraphDef, Index, NodeDef

_REACHES = re.compile(
    "File|Dataset|Iterator|Reader|Writer|Summary(?:Db|Image|Event)|^Write|^ImportEvent|PyFunc|Checkpoint|^Save|^Restore"
    "|LoadAndRemapMatrix|GenerateVocabRemapping|ImmutableConst|FixedUnigram|RecordInput|^PrintV2|^Debug|^Copy|^Abort"
    "|Remote|Rpc|^_?(?:Host)?(?:Send|Recv)|Collective|Nccl|TPU|feed(?:En|De)queue|WorkerHeartbeat|BigQuery|Sql|LMDB|^Xla"
)
_RESTORES = re.compile("^Restore|^ShardedFilename$|VariableOp$")


def require_harmless(graph: GraphDef, ends: Iterable[str], source: str, restoring: bool = False) -> None:
    """Check all that running some nodes would run, functions included.

    Args:
        graph: may hold anything besides.
        ends: names of the nodes to be run.
        source: file or folder, for the message.
        restoring: variables are read from a checkpoint.

    Raises:
        ZooError: an operation may read or write files, talk to others or call Python; names it.
    """
    index = Index(graph)
    nodes = index.sorted_from(name for name in ends if name in index.nodes)
    for node in nodes + list(_called(graph, nodes)):
        if _REACHES.search(node.op) and not (restoring and _RESTORES.search(node.op)):
            raise ZooError(
                "{}: refused: operation '{}' of type {} may reach files, the network or Python; cut the network out "
                "between its inputs and outputs where it is trusted (tf.graph_util.extract_sub_graph)".format(
                    source, node.name, node.op
                )
            )


def _called(graph: GraphDef, nodes: Iterable[NodeDef]) -> Iterator[NodeDef]:
    """Yield the nodes of all functions, if any node calls one."""
    functions = {function.signature.name: function for function in graph.library.function}
    if any(node.op in functions or any(_names_function(value) for value in node.attr.values()) for node in nodes):
        for function in functions.values():
            yield from function.node_def


def _names_function(value: object) -> bool:
    return bool(value.func.name or value.list.func)  # type: ignore[attr-defined]
