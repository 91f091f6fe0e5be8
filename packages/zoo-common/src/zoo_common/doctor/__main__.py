"""``python -m zoo_common.doctor``: the same answer before anything is installed."""

import argparse

from zoo_common import console
from zoo_common.doctor import add_arguments, run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="zoo doctor", description="What this machine has, and what it lacks.")
    add_arguments(parser)
    arguments = parser.parse_args()
    console.run("zoo doctor", lambda: run(arguments))
