"""The report of a decision: one HTML file that needs nothing else."""

from tipbandit_lab.report.page import write

__all__ = ["write"]
