"""Shared rooms of the quantized-vision zoo: COCO data, tasks, runs, metrics. No framework is imported here."""

__version__ = "0.1.0"
