"""``python -m tipbandit_feast``: profiles of the lake in a Feast feature store."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, get_args

from tipbandit_feast.errors import StoreError
from tipbandit_feast.settings import PLACE, Online, Settings

# Feast takes seconds to load: each command does so when it runs.

_ERROR: Final = 1
_REGIONS: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; what is wrong is said in one line on stderr."""
    given = _parser().parse_args(arguments)
    try:
        given.run(given)
    except (StoreError, ValueError, OSError) as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return _ERROR
    return 0


def _apply(given: argparse.Namespace) -> None:
    from tipbandit_feast.store import apply  # noqa: PLC0415

    region = given.region or next((os.environ[name] for name in _REGIONS if os.environ.get(name)), None)
    apply(Settings(profiles=given.profiles, online=given.online, region=region, endpoint=given.endpoint), given.place)
    sys.stderr.write(f"the store is in {given.place}\n")


def _materialize(given: argparse.Namespace) -> None:
    from tipbandit_feast.store import materialize  # noqa: PLC0415

    moment, users = materialize(given.place, as_of=given.as_of)
    sys.stdout.write(f"{users:,} profiles as of {moment.isoformat()}\n")


def _get(given: argparse.Namespace) -> None:
    from tipbandit_feast.serving import profile_features  # noqa: PLC0415

    sys.stdout.write(f"{profile_features(given.user, place=given.place).model_dump_json()}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tipbandit_feast", description=__doc__.partition(": ")[2])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("--place", type=Path, default=PLACE, metavar="DIR", help="of the store; lab/results/feast")

    applying = commands.add_parser("apply", parents=[place], help="make a store, or change it")
    applying.add_argument("--profiles", type=Path, required=True, metavar="PATH", help="a Parquet file, or a directory")
    applying.add_argument("--online", choices=get_args(Online), default="sqlite", help="what is served from")
    applying.add_argument("--region", help="of DynamoDB; AWS_REGION by default")
    applying.add_argument("--endpoint", metavar="URL", help="of DynamoDB, such as an emulator's; AWS's own by default")
    applying.set_defaults(run=_apply)

    filling = commands.add_parser("materialize", parents=[place], help="serve each user's last profile")
    filling.add_argument("--as-of", type=_moment, metavar="TIMESTAMP", help="no later one (ISO 8601, UTC if no zone)")
    filling.set_defaults(run=_materialize)

    getting = commands.add_parser("get", parents=[place], help="the profile that is served of a user, as JSON")
    getting.add_argument("user", metavar="USER")
    getting.set_defaults(run=_get)
    return parser


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text.strip()))
    except ValueError:
        raise argparse.ArgumentTypeError(f"a moment such as 2026-11-23T12:00:00Z, not {text!r}") from None
    return moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment.astimezone(UTC)


if __name__ == "__main__":
    sys.exit(main())
