"""Writing a trained network: one frozen graph without batch norms."""

from pathlib import Path
from typing import Dict, Mapping

import numpy as np

from zoo_common.files import PathLike, sha256_file
from zoo_tf1.networks.demo import INPUT, OUTPUTS
from zoo_tf1.networks.paf_mobilenet import PafConfig, paf_mobilenet
from zoo_tf1.quantsim.batch_norms import fold_batch_norms
from zoo_tf1.quantsim.graph import Network
from zoo_tf1.quantsim.load import network_of, save
from zoo_tf1.tensorflow1 import tf


def frozen(config: PafConfig, weights: Mapping[str, np.ndarray]) -> Network:
    """Return the network in inference mode with its weights as constants and its batch norms folded.

    Args:
        weights: of every variable by name.

    Raises:
        KeyError: a variable has no value.
    """
    with tf.Graph().as_default() as graph, tf.Session(config=tf.ConfigProto(device_count={"GPU": 0})) as session:
        paf_mobilenet(tf.placeholder(tf.float32, (None, None, None, 3), INPUT), config)
        variables = tf.global_variables()
        values = {variable.initializer.inputs[1]: weights[variable.op.name] for variable in variables}
        session.run([variable.initializer for variable in variables], values)
        definition = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), list(OUTPUTS))
    network, _ = fold_batch_norms(network_of(definition, [INPUT], OUTPUTS))
    return network


def save_frozen(config: PafConfig, weights: Mapping[str, np.ndarray], path: PathLike) -> Dict[str, str]:
    """Write the frozen ``.pb``; return its SHA-256 by file name.

    Raises:
        ZooError: the folder cannot be written or the disk is full.
    """
    save(frozen(config, weights), path)
    return {Path(str(path)).name: sha256_file(path)}
