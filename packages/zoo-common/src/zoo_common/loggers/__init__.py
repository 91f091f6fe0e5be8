"""Runs in experiment trackers; each tracker's library is imported when it is asked for."""
