"""All that is said of a lake, from its views."""

import duckdb

from tipbandit_lab.analytics import comparing
from tipbandit_lab.analytics.counting import averaged, counted
from tipbandit_lab.analytics.measures import Analysis, Measure
from tipbandit_lab.analytics.staging import CLUSTERS, stage


def analyse(connection: duckdb.DuckDBPyConnection, clusters: int = CLUSTERS) -> Analysis:
    """Return counts, means, weighted means and comparisons of all groups.

    Args:
        connection: with the views ``decisions``, ``rewards`` and ``shadows`` of a lake; tables are made in it.
        clusters: the most that intervals are drawn by.

    Raises:
        ValueError: if there are no decisions.
    """
    facts = stage(connection, clusters)
    measures = [*counted(connection), *averaged(connection, facts.clusters)]
    measures += comparing.policies(connection, facts, groups(measures, "policy"))
    measures += comparing.versions(connection, facts, groups(measures, "prompt_version"))
    measures += comparing.shadows(connection, facts)
    return Analysis(facts, tuple(measures))


def groups(measures: list[Measure], by: str) -> list[str]:
    """Return the names of the groups of a kind, in order."""
    return sorted({each.group for each in measures if each.by == by})
