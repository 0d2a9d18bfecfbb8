"""What a run may be asked for."""

from datetime import date
from pathlib import Path

import pytest
from tests.pipeline.small import asked

from tipbandit_lab.pipeline.options import of_json


def test_everything_that_is_wrong_is_named() -> None:
    with pytest.raises(ValueError, match=r"no such policy: nobody/v1.*2026-01-09.*seeds must be at least 1"):
        asked(Path("lake"), Path("p"), candidate="nobody/v1", seeds=0, days=(date(2026, 1, 9), date(2026, 1, 5)))


def test_a_policy_is_compared_with_itself_only_if_its_prior_is_learned() -> None:
    with pytest.raises(ValueError, match="compared with itself"):
        asked(Path("lake"), Path("p"), candidate="linucb/v1")
    assert asked(Path("lake"), Path("p"), candidate="linucb/v1", prior=True).prior


def test_a_prior_is_named_or_learned_not_both() -> None:
    with pytest.raises(ValueError, match="has a prior already"):
        asked(Path("lake"), Path("p"), candidate="linucb/v1@p-7", prior=True)


def test_it_can_be_handed_to_a_flow_as_json() -> None:
    one = asked(Path("lake"), Path("p"), days=(date(2026, 1, 5), date(2026, 1, 9)), prior=True)
    assert of_json(one.as_json()) == one
