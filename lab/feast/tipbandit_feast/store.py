"""Make a store, open it, and fill what it serves from."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import pyarrow.dataset as ds
from feast import FeatureStore

from tipbandit_feast.definitions import VIEW, definitions
from tipbandit_feast.errors import StoreError, told
from tipbandit_feast.profiles import checked, newest, users
from tipbandit_feast.settings import FILE, PLACE, Settings

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def apply(settings: Settings, place: Path = PLACE) -> None:
    """Make a store, or change it: its settings, its definitions, the tables it serves from.

    Raises:
        StoreError: if there are no profiles to serve, or the online store cannot be reached.
    """
    checked(settings.profiles)
    settings.write(place)
    opened.cache_clear()
    with told(place):
        opened(place).apply(list(definitions(settings.profiles)))


@cache
def opened(place: Path) -> FeatureStore:
    """Return the store of a place, the same one each time.

    Raises:
        StoreError: if there is none.
    """
    if not (place / FILE).is_file():
        raise StoreError(f"there is no store at {place}; `apply` makes one")
    with told(place):
        return FeatureStore(repo_path=str(place))


def source(place: Path = PLACE) -> ds.Dataset:
    """Return the table of profiles that a store is filled from.

    Raises:
        StoreError: if there is no store, or the table cannot be read.
    """
    store = opened(place)
    with told(place):
        path = store.get_feature_view(VIEW).batch_source.path
    return checked(Path(path))


def materialize(place: Path = PLACE, *, as_of: datetime | None = None) -> tuple[datetime, int]:
    """Serve of each user the last profile that is not later than a moment.

    Users of whom there is none keep what is served of them, so doing it once more does no harm.

    Args:
        place: the store's.
        as_of: the moment, with its time zone; that of the newest profiles if None.

    Returns:
        The moment of the newest profiles that are served, and the number of users written.

    Raises:
        StoreError: if there are no such profiles, they cannot be read, or they cannot be written.
        ValueError: if the moment has no time zone.
    """
    if as_of is not None and as_of.utcoffset() is None:
        raise ValueError(f"the moment {as_of} has no time zone")
    table = source(place)
    moment = newest(table, as_of)
    with told(place):
        opened(place).materialize(_EVER, moment, feature_views=[VIEW])
    return moment, users(table, moment)
