"""`zoo-mxnet benchmark`."""


def add_commands(commands, backend, default_model):
    """Add `benchmark`."""
