"""Reaction -> reward."""

from typing import get_args

import pytest

from tipbandit.contracts.reward import Reaction
from tipbandit.rewards import REWARD_BY_REACTION


def test_every_reaction_of_the_contract_has_a_reward_and_no_other() -> None:
    assert set(REWARD_BY_REACTION) == set(get_args(Reaction))


def test_done_is_best_and_waved_away_is_worst() -> None:
    assert sorted(REWARD_BY_REACTION, key=REWARD_BY_REACTION.__getitem__) == [
        "dismissed",
        "ignored",
        "snoozed",
        "completed",
    ]


def test_rewards_span_the_whole_range_and_stay_inside() -> None:
    assert min(REWARD_BY_REACTION.values()) == -1
    assert max(REWARD_BY_REACTION.values()) == 1


def test_snoozed_says_nothing_about_the_tip() -> None:
    assert REWARD_BY_REACTION["snoozed"] == 0


def test_the_table_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        REWARD_BY_REACTION["completed"] = 0.5  # type: ignore[index]
