"""Faults on purpose: commands killed, starved, raced and misled, which must end with the same bytes."""
