"""TensorFlow 1.15, imported without its chatter: ``from zoo_tf1.tensorflow1 import tf``."""

import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import tensorflow.compat.v1 as tf

    tf.logging.set_verbosity(tf.logging.ERROR)

__all__ = ["tf"]
