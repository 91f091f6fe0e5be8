"""One linear layer that finds joints: an example of a package that brings its own model to the zoo."""

__version__ = "0.1.0"
