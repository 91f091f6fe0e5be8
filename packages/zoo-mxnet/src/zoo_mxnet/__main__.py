"""`python -m zoo_mxnet`."""

from zoo_mxnet.cli.main import main

main()
