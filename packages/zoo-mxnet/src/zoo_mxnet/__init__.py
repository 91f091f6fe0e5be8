"""Simple pose networks of GluonCV in MXNet: fp32 and executed int8, behind the zoo's one protocol."""

__version__ = "0.1.0"
