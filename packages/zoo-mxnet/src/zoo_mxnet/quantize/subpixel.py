"""Transposed convolutions as sub-pixel convolutions: the same numbers from an operator that has int8 kernels.

A transposed convolution with kernel 4, stride 2, padding 1 computes output row 2t-1 from input rows
t-1, t with kernel rows 2, 0 and output row 2t from the same input rows with kernel rows 3, 1 (columns
alike). So a 2x2 convolution with padding 1 and four times the output channels, one group of channels
per phase (row parity, column parity), followed by a pixel shuffle and the loss of the outermost
pixels, is exactly equal (Shi et al., "Is the deconvolution layer the same as a convolutional layer?",
arXiv:1609.07009). A 1x1 convolution behind it works on single pixels and so commutes with the shuffle;
moving it in front leaves few channels to shuffle.
"""

from typing import List, Optional, Sequence, Tuple

import numpy as np

from zoo_mxnet.networks.graph import Entry, Graph, Node
from zoo_mxnet.quantize.fold import Draft

KERNEL_ROW = ((2, 0), (3, 1))  # [phase][tap]: phase 0 is the odd output row


def rewrite_deconvolutions(draft: Draft) -> List[str]:
    """Replace every dense 4x4, stride 2, padding 1 transposed convolution (with its activation).

    Returns:
        The names of the replaced nodes.
    """
    graph = draft.graph
    replaced = []
    for node in list(graph.of_type("Deconvolution")):
        if not is_upsampler(node):
            continue
        users = graph.consumers()
        reader = graph.only_consumer(node, users)
        activation = reader if reader is not None and is_relu(reader) else None
        _replace(draft, node, activation)
        replaced.append(node.name)
    return replaced


def is_relu(node: Node) -> bool:
    """Whether a node is ReLU or a clip from zero (ReLU6)."""
    if node.op == "Activation":
        return node.attrs.get("act_type") == "relu"
    return node.op == "clip" and float(node.attrs["a_min"]) == 0


def is_upsampler(node: Node) -> bool:
    """Whether a node is a dense 4x4, stride 2, padding 1 transposed convolution."""
    return (
        node.tuple_attr("kernel") == (4, 4)
        and node.tuple_attr("stride", "(1, 1)") == (2, 2)
        and node.tuple_attr("pad", "(0, 0)") == (1, 1)
        and node.tuple_attr("adj", "(0, 0)") in ((0, 0), ())
        and node.tuple_attr("dilate", "(1, 1)") in ((1, 1), ())
        and not node.tuple_attr("target_shape")
        and node.attrs.get("num_group", "1") == "1"
    )


def subpixel_weight(weight: np.ndarray) -> np.ndarray:
    """Turn a transposed convolution's weight ``[I, O, 4, 4]`` into the sub-pixel one ``[4 O, I, 2, 2]``.

    Output channels are ordered (row phase, column phase, O).
    """
    rows = np.array(KERNEL_ROW)
    split = weight[:, :, rows[:, :, None, None], rows[None, None, :, :]]  # [I, O, py, a, px, b]
    ordered = split.transpose(2, 4, 1, 0, 3, 5)  # [py, px, O, I, a, b]
    return np.ascontiguousarray(ordered.reshape(-1, weight.shape[0], 2, 2))


def _replace(draft: Draft, node: Node, activation: Optional[Node]) -> None:
    graph = draft.graph
    channels = int(node.attrs["num_filter"])
    weight_name = node.inputs[1][0] + "_subpixel_weight"
    draft.args[weight_name] = subpixel_weight(draft.args[node.inputs[1][0]])
    inputs = [node.inputs[0], graph.variable(weight_name)]
    if len(node.inputs) > 2:
        bias_name = node.inputs[2][0] + "_subpixel_bias"
        draft.args[bias_name] = np.tile(draft.args[node.inputs[2][0]], 4)
        inputs.append(graph.variable(bias_name))
    last: Entry = graph.add(
        "Convolution",
        node.name + "_subpixel",
        inputs,
        kernel="(2, 2)",
        pad="(1, 1)",
        stride="(1, 1)",
        dilate="(1, 1)",
        num_filter=4 * channels,
        num_group=1,
        no_bias=len(inputs) == 2,
        layout="NCHW",
    )
    if activation is not None:
        last = graph.add(activation.op, activation.name + "_subpixel", [last], **activation.attrs)
    last = add_shuffle(draft, node.name, last, channels)
    graph.redirect(((activation or node).name, 0), last)


def add_shuffle(draft: Draft, stem: str, entry: Entry, channels: int) -> Entry:
    """Append pixel shuffle and crop: ``[N, 4 C, h+1, w+1]`` becomes ``[N, C, 2h, 2w]``.

    Two transpositions of at most four axes each, columns first: MXNet gives these to oneDNN, while
    its own `depth_to_space` or one transposition of six axes takes five to ten times as long.
    """
    graph = draft.graph
    height, width = draft.shape_of(entry)[2:]
    entry = graph.add("Reshape", stem + "_phases", [entry], shape=(-1, 2, channels * height * width))
    entry = graph.add("transpose", stem + "_columns", [entry], axes=(0, 2, 1))
    entry = graph.add("Reshape", stem + "_split", [entry], shape=(-1, 2, channels * height, 2 * width))
    entry = graph.add("transpose", stem + "_rows", [entry], axes=(0, 2, 1, 3))
    entry = graph.add("Reshape", stem + "_join", [entry], shape=(-1, channels, 2 * height, 2 * width))
    return graph.add(
        "slice",
        stem + "_crop",
        [entry],
        begin="(None, None, 1, 1)",
        end="(None, None, -1, -1)",
        step="(None, None, 1, 1)",
    )


def shuffle_source(graph: Graph, entry: Entry) -> Tuple[str, Entry]:
    """If ``entry`` is the end of `add_shuffle`, return its stem and what was shuffled, else ("", entry)."""
    name = entry[0]
    if not name.endswith("_crop") or name[: -len("_crop")] + "_phases" not in graph.nodes:
        return "", entry
    stem = name[: -len("_crop")]
    return stem, graph.nodes[stem + "_phases"].inputs[0]


def move_pointwise_before_shuffle(draft: Draft, exclude: Sequence[str] = ()) -> List[str]:
    """Move a final 1x1 convolution that alone reads a shuffle in front of it.

    Its weight is repeated four times along the diagonal of one dense convolution: three quarters of
    the products are with zero, and it is still quicker than shuffling all the input channels.
    It keeps its name.

    Args:
        draft: the network, rewritten in place.
        exclude: convolutions to leave where they are.

    Returns:
        The names of the moved convolutions.
    """
    graph, moved = draft.graph, []
    for node in list(graph.of_type("Convolution")):
        stem, source = shuffle_source(graph, node.inputs[0])
        users = graph.consumers()
        if (
            not stem
            or node.name in exclude
            or node.tuple_attr("kernel") != (1, 1)
            or node.attrs.get("num_group", "1") != "1"
        ):
            continue
        if graph.only_consumer(graph.nodes[node.inputs[0][0]], users) is not node or users[node.name]:
            continue
        inputs = list(node.inputs)
        last = _block(draft, node, source)
        shuffled = add_shuffle(draft, node.name, last, len(draft.args[inputs[1][0]]))
        graph.redirect((node.name, 0), shuffled, keep=(node.name + "_phases",))
        moved.append(node.name)
    return moved


def _block(draft: Draft, node: Node, source: Entry) -> Entry:
    graph = draft.graph
    weight = draft.args[node.inputs[1][0]]
    outputs, channels = weight.shape[:2]
    block = np.zeros((4 * outputs, 4 * channels, 1, 1), np.float32)
    for phase in range(4):
        block[phase * outputs : (phase + 1) * outputs, phase * channels : (phase + 1) * channels] = weight
    inputs = [source, graph.variable(node.inputs[1][0] + "_block_weight")]
    draft.args[inputs[1][0]] = block
    if len(node.inputs) > 2:
        inputs.append(graph.variable(node.inputs[2][0] + "_block_bias"))
        draft.args[inputs[2][0]] = np.tile(draft.args[node.inputs[2][0]], 4)
    node.inputs = inputs
    node.attrs["num_filter"] = str(4 * outputs)
    return (node.name, 0)
