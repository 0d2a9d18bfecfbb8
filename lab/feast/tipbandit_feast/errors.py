"""What goes wrong, in one sentence for whoever runs it."""

import sqlite3
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path


class StoreError(Exception):
    """The store cannot do what it is asked for."""


@contextmanager
def told(place: Path) -> Iterator[None]:
    """Turn what Feast and its stores raise, inside a ``with`` block, into an error of the store at a place.

    What Feast prints goes to stderr, and what pandas will be one day is left unsaid.

    Raises:
        StoreError: if they raise something.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - Feast takes seconds to load
    from feast.errors import FeastError  # noqa: PLC0415
    from pyarrow import ArrowException  # noqa: PLC0415

    try:
        with redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    except (BotoCoreError, ClientError) as error:
        raise StoreError(f"DynamoDB cannot be used: {error}") from error
    except (FeastError, ArrowException, sqlite3.Error, OSError) as error:
        raise StoreError(f"the store at {place} cannot be used: {error}; `apply` makes one") from error
