"""`python -m zoo_torch`."""

from zoo_torch.cli.main import main

main()
