"""The profiles of users, as the service takes them: those that are served now, and those of earlier moments."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pydantic import ValidationError

from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit_feast.definitions import FEATURES, KEY, PROFILE
from tipbandit_feast.errors import StoreError, told
from tipbandit_feast.profiles import among
from tipbandit_feast.settings import PLACE
from tipbandit_feast.store import opened, source

_MOMENT: Final = "event_timestamp"
"""Feast's name for the moment that is asked for."""


def profile_features(user_id: str, *, place: Path = PLACE) -> ProfileFeatures:
    """Return the profile that is served of a user; all is absent of a user whom the store does not know.

    Raises:
        StoreError: if there is no store, it cannot be read, or what it holds is no profile.
    """
    return profiles_of([user_id], place=place)[0]


def profiles_of(user_ids: Sequence[str], *, place: Path = PLACE) -> list[ProfileFeatures]:
    """Return the profiles that are served of some users, in their order.

    Raises:
        StoreError: as ``profile_features``.
    """
    if not user_ids:
        return []
    rows = [{KEY: user_id} for user_id in user_ids]
    store = opened(place)
    with told(place):
        columns = store.get_online_features(features=list(FEATURES), entity_rows=rows).to_dict()
    return [_profile({name: columns[name][n] for name in PROFILE}) for n in range(len(rows))]


def profiles_as_of(asked: Sequence[tuple[str, datetime]], *, place: Path = PLACE) -> list[ProfileFeatures]:
    """Return of each user and moment the last profile in the files that is not later, in the order of the questions.

    All is absent where there is none: Feast leaves out of its answer what is asked of a time before a user's first
    profile, and is not asked about users who have none, for it fails where it knows nobody.

    Args:
        asked: a user's id and a moment, with its time zone.
        place: the store's.

    Raises:
        StoreError: as ``profile_features``.
        ValueError: if moments have no time zone; they are named.
    """
    if naive := sorted({str(moment) for _, moment in asked if moment.utcoffset() is None}):
        raise ValueError(f"moments without a time zone: {', '.join(naive)}")
    known = among(source(place), {user for user, _ in asked})
    questions = {(user, moment) for user, moment in asked if user in known}
    found = _found(sorted(questions), place) if questions else {}
    return [_profile(found.get(question, {})) for question in asked]


def _found(asked: Sequence[tuple[str, datetime]], place: Path) -> dict[tuple[str, datetime], Mapping[str, Any]]:
    questions = pd.DataFrame(asked, columns=[KEY, _MOMENT])
    questions[_MOMENT] = pd.to_datetime(questions[_MOMENT], utc=True)
    store = opened(place)
    with told(place):
        table = store.get_historical_features(entity_df=questions, features=list(FEATURES)).to_df()
    return {(row[KEY], row[_MOMENT].to_pydatetime()): row for row in table.to_dict(orient="records")}


def _profile(row: Mapping[str, Any]) -> ProfileFeatures:
    """Take what a store knows; pandas has no null among numbers, and so makes floats of integers, and NaN of null."""
    known = {name: row.get(name) for name in PROFILE}
    exact = {
        name: int(value) if PROFILE[name].dtype == "integer" and value == int(value) else value
        for name, value in known.items()
        if value is not None and not math.isnan(value)
    }
    try:
        return ProfileFeatures.model_validate(exact)
    except ValidationError as error:
        wrong = ", ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
        raise StoreError(f"the store holds what is no profile: {wrong}") from error
