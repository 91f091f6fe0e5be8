"""Broken files for every reader of the zoo: `make fuzz`. See README.md."""
