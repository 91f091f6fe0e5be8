"""`python -m zoo_tf1`."""

from zoo_tf1.cli.main import main

main()
