"""``python -m tipbandit_lab features``: the profiles of all users, into a file and the online store."""

import re
import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from tipbandit_lab.features.build import LOCAL, build

_DECIMALS: Final = 2


class Engine(StrEnum):
    """What computes; all give the same table."""

    duckdb = "duckdb"
    spark = "spark"


def features(  # noqa: PLR0913 - a command's options
    *,
    lake: Annotated[str, typer.Option(metavar="DIR", help="The lake: a directory, or s3://bucket/prefix.")],
    out: Annotated[Path, typer.Option(metavar="FILE.parquet", help="Where the profiles go.")],
    as_of: Annotated[
        str | None, typer.Option(metavar="TIMESTAMP", help="ISO 8601, UTC if no zone; the newest event's by default.")
    ] = None,
    engine: Annotated[Engine, typer.Option(help="All give the same table.")] = Engine.duckdb,
    table: Annotated[
        str | None, typer.Option(metavar="NAME", help="A DynamoDB table to write them to as well; its key is user_id.")
    ] = None,
    memory_gb: Annotated[int, typer.Option(min=1, help="What the engine may hold in memory.")] = 4,
    master: Annotated[str, typer.Option(help="Of Spark.")] = LOCAL,
) -> None:
    """Compute the profile features of all users at one moment from the lake."""
    begun = time.monotonic()
    moment = None if as_of is None else _moment(as_of)
    with Console(stderr=True).status(f"computing the profiles with {engine.value}") as status:
        at, users = build(lake, out, as_of=moment, engine=engine.value, memory_gb=memory_gb, master=master)
        if table is not None:
            from tipbandit_lab.features.online import publish  # noqa: PLC0415 - only who publishes needs the AWS SDK

            status.update(f"writing {users:,} profiles to {table}")
            publish(out, table)
    places = f"{out}" if table is None else f"{out} and the table {table}"
    seconds = round(time.monotonic() - begun, _DECIMALS)
    typer.echo(f"{users:,} profiles as of {at.isoformat()} in {places}; {seconds} s")


def _moment(text: str) -> datetime:
    """Return a moment that is written with or without a zone.

    Raises:
        ValueError: if it is none.
    """
    try:
        moment = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text.strip()))
    except ValueError:
        raise ValueError(f"--as-of takes a moment such as 2026-11-23T12:00:00Z, not {text!r}") from None
    return moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment.astimezone(UTC)
