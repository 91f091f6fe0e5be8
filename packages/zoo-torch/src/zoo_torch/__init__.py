"""HRNet pose in PyTorch: fp32, simulated W8A8 and W4A8, and executed integers."""

__version__ = "0.1.0"
