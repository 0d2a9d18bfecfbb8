"""What only several processes can show: no shared stream of chance, and the same answer to the same key."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from tipbandit import codec
from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.features.encode import encode
from tipbandit.policies.policy import choose
from tipbandit.policies.registry import POLICIES

_STATE: Final = Path(__file__).parents[2] / "shared" / "golden" / "state-v1-d12.bin"
_PROGRAMS: Final = Path(__file__).parent / "programs"


def _run(program: str, *arguments: str, **env: str) -> Any:  # noqa: ANN401  any JSON
    command = [sys.executable, str(_PROGRAMS / program), *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def environments() -> list[Any]:
    """What two processes that started from one state decided."""
    return [_run("decide.py", str(_STATE), "20") for _ in range(2)]


def test_two_processes_with_one_state_draw_differently(environments: list[Any]) -> None:
    """Twenty draws of 40 equal tips: the same by chance once in 40^20."""
    one, other = environments
    assert [tip for _, tip, _ in one] != [tip for _, tip, _ in other]
    chance = {UUID(made).int & (1 << 62) - 1 for made, _, _ in [*one, *other]}
    assert len(chance) == 40


def test_two_forks_of_one_initialised_process_draw_differently() -> None:
    """An environment that is thawed twice from one image must not explore alike, nor give one id to two decisions."""
    one, other = _run("forked.py")
    chance = {UUID(made).int & (1 << 62) - 1 for made, _ in [*one, *other]}  # the time alone would differ too
    assert len(chance) == 40
    assert [tip for _, tip in one] != [tip for _, tip in other]


def test_a_decision_id_replays_exactly_in_another_process(environments: list[Any]) -> None:
    policy = POLICIES["egreedy/v2"]
    tips = [Candidate(tip_id=str(index)) for index in range(40)]
    x = encode(policy.feature_set, Context(hour=8.5, weekday=0), tips, None)
    state = codec.decode(_STATE.read_bytes(), policy.feature_set).state
    for made, tip_id, propensity in environments[0]:
        replayed = choose(policy, state, x, UUID(made).bytes)
        assert (tips[replayed.index].tip_id, replayed.propensity) == (tip_id, propensity)


def test_pure_code_gives_the_same_bits_in_every_process_and_touches_no_global_generator() -> None:
    """Neither clock nor entropy, hash seed or global generator is in it: the answers would differ."""
    one, other = (_run("replay.py", PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert one == other
    assert one["python_generator_untouched"]
    assert not one["numpy_generators_imported"]
