"""TensorFlow 1.15 networks, quantized as AIMET does it."""

__version__ = "0.1.0"
