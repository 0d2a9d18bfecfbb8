"""``python -m tipbandit_lab analytics``: what prompt versions, policies and shadows earned."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from tipbandit_lab.command_line import stdout
from tipbandit_lab.lake.window import window

TABLE: Final = "analytics.parquet"
PAGE: Final = "analytics.html"
_RESULTS: Final = Path(__file__).parents[2] / "results"


Lake = Annotated[
    str, typer.Option(metavar="DIR", help="A directory, or s3://bucket/prefix.", show_default="lab/results/lake")
]
Out = Annotated[
    Path,
    typer.Option(
        metavar="DIR", help=f"Where {TABLE} and {PAGE} go; it is created.", show_default="lab/results/analytics"
    ),
]
Days = Annotated[
    str | None, typer.Option(metavar="FROM..TO", help="UTC days of the decisions, both included; all by default.")
]
SkipUnknown = Annotated[
    bool, typer.Option("--skip-unknown", help="Leave out lines that are no event of a known version.")
]


def command(
    *,
    lake: Lake = str(_RESULTS / "lake"),
    out: Out = _RESULTS / "analytics",
    days: Days = None,
    skip_unknown: SkipUnknown = False,
) -> None:
    """Say what each prompt version, policy and shadow earned, by day, and which of them compare."""
    wanted = window(days)
    with Console(stderr=True).status("reading the lake") as status:
        from tipbandit_lab.analytics import measures, page  # noqa: PLC0415 - statistics and drawing take a second
        from tipbandit_lab.analytics.analysing import analyse  # noqa: PLC0415
        from tipbandit_lab.analytics.summary import summary  # noqa: PLC0415
        from tipbandit_lab.lake import connect  # noqa: PLC0415

        with connect(lake, days=wanted, skip_unknown=skip_unknown) as connection:
            status.update("counting, weighting, resampling")
            found = analyse(connection)
        status.update("drawing")
        out.mkdir(parents=True, exist_ok=True)
        measures.write(out / TABLE, found)
        page.write(out / PAGE, found)
    stdout().print(summary(found))
    sys.stderr.write(f"{len(found.measures):,} rows in {out / TABLE}, and the page {out / PAGE}\n")
