"""One page over all runs: what the small model costs, how sure that is, and where it goes wrong."""

from zoo_common.report.write import write_report

__all__ = ["write_report"]
