"""The gate and players of whom the right verdict is known, in the simulator itself."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from tests.gate.played import CANDIDATE, INCUMBENT, Played, people
from tests.gate.rivals import ENDS, ForeignKeys, NonFinite, changed, exploring, peeks, states_less, stuck, twin

from tipbandit.policies.registry import POLICIES
from tipbandit_lab.fast import play
from tipbandit_lab.gate.command import HOLD, decide
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.evidence import Evidence, gather
from tipbandit_lab.gate.findings import judge
from tipbandit_lab.gate.looks import look
from tipbandit_lab.gate.record import Finding, read
from tipbandit_lab.plan import Plan
from tipbandit_lab.players import PlayerFactory
from tipbandit_lab.results import load
from tipbandit_lab.roster import registered
from tipbandit_lab.runs import run
from tipbandit_lab.tables import TABLES, Results
from tipbandit_lab.world import Cohort, Setting

CRITERIA = Criteria()
LENIENT = Criteria(margin=1.0)
"""So that nothing but the advantage stands between a candidate and its promotion."""
RUNS = 200
CHANCE = 0.05 * RUNS


def judged(evidence: Evidence, criteria: Criteria = CRITERIA, number: int = 1) -> dict[str, Finding]:
    return {finding.criterion: finding for finding in judge(evidence, criteria, look(criteria, number))}


def failed(evidence: Evidence, criteria: Criteria = CRITERIA, number: int = 1) -> list[str]:
    return [name for name, finding in judged(evidence, criteria, number).items() if not finding.passed]


def one(candidate: PlayerFactory, *, but: dict[str, PlayerFactory] | None = None) -> Evidence:
    """Return one run against the policy itself."""
    (evidence,) = Played(candidate=candidate, incumbent=twin(), but=but or {}, users=24, days=5).evidences()
    return evidence


def test_the_policy_with_other_keys_is_promoted_in_at_most_one_run_of_twenty() -> None:
    runs = Played(candidate=ForeignKeys, incumbent=twin(), runs=RUNS).evidences()
    assert sum(not failed(evidence, LENIENT) for evidence in runs) <= CHANCE


def test_the_policy_with_the_same_keys_is_never_promoted() -> None:
    for evidence in Played(candidate=twin(), incumbent=twin(), runs=5).evidences():
        assert (evidence.differences == 0).all()
        assert failed(evidence) == ["advantage"]


@pytest.mark.slow
def test_a_better_policy_is_promoted_in_nine_runs_of_ten() -> None:
    """It shows one tip in ten at random, the incumbent eight."""
    runs = Played(candidate=exploring(0.1), incumbent=exploring(0.8), runs=RUNS, users=8, days=5).evidences()
    assert sum(not failed(evidence) for evidence in runs) >= 0.9 * RUNS


def test_a_candidate_that_harms_who_has_no_profile_is_held_and_they_are_named() -> None:
    evidence = one(changed(peeks), but={"newcomer": exploring(1.0)})
    findings = judged(evidence)
    assert failed(evidence) == ["fairness floor", "cold users"]
    assert findings["fairness floor"].sentence.startswith("newcomer is significantly worse (-0.")
    assert "night_owl" not in findings["fairness floor"].sentence


def test_a_candidate_that_harms_one_persona_is_held_though_all_win_on_average() -> None:
    evidence = one(changed(peeks), but={"night_owl": exploring(1.0)})
    findings = judged(evidence)
    assert evidence.advantage.min() > 0
    assert failed(evidence) == ["fairness floor"]
    assert findings["fairness floor"].sentence.startswith("night_owl is significantly worse (-0.")


def test_a_policy_that_states_less_exploration_than_it_does_is_held() -> None:
    evidence = one(changed(states_less, epsilon=0.3))
    assert "calibration" in failed(evidence)
    assert judged(evidence)["calibration"].sentence.startswith("its propensities are not true: shown ")


def test_a_policy_that_is_stuck_is_held() -> None:
    assert "places" in failed(one(changed(stuck)))


def test_a_policy_whose_states_are_no_numbers_is_held() -> None:
    assert {"states", "sum of propensities"} <= set(failed(one(NonFinite)))


def test_a_policy_that_never_explores_is_held() -> None:
    assert "least propensity" in failed(one(exploring(0.0)))


@pytest.mark.parametrize("key", POLICIES)
def test_no_registered_policy_is_suspected_of_anything(key: str) -> None:
    sound = {"calibration", "least propensity", "sum of propensities", "places", "states"}
    assert not sound & set(failed(one(partial(registered, key))))


def test_a_run_is_judged_from_the_disk_to_the_record(tmp_path: Path) -> None:
    plan = Plan(
        personas=people("night_owl", "newcomer"),
        players={**{key: partial(registered, key) for key in ("linucb/v1", "egreedy/v1")}, **ENDS},
        seeds=range(3),
        setting=Setting(users=4, days=4, moments_a_day=2, candidates=5),
    )
    run(plan, tmp_path / "run")
    criteria = Criteria(least_seeds=3, personas=("night_owl", "newcomer"))
    code = decide(
        load(tmp_path / "run"),
        candidate="linucb/v1",
        incumbent="egreedy/v1",
        criteria=criteria,
        out=tmp_path / "kept",
        report=False,
    )
    record = read(tmp_path / "kept" / "linucb-v1-against-egreedy-v1-1.json")
    assert code == HOLD  # three seeds of four users show nothing
    assert record.seeds == (0, 1, 2)
    assert record.config["setting"]["users"] == 4
    assert record.code_version == record.config["code_version"]
    assert "coverage" not in [finding.criterion for finding in record.findings if not finding.passed]


@pytest.mark.deep
def test_ten_looks_at_the_policy_with_other_keys_promote_it_in_at_most_one_case_of_twenty() -> None:
    runs = Played(candidate=ForeignKeys, incumbent=twin(), runs=10 * RUNS).evidences()
    ten = zip(*[runs] * 10, strict=True)
    wrong = sum(any(not failed(each, LENIENT, number) for number, each in enumerate(looks, 1)) for looks in ten)
    assert wrong <= CHANCE


@pytest.mark.deep
def test_with_seeds_that_are_worlds_of_their_own_the_same_is_promoted_as_rarely() -> None:
    """What disjoint users of one cohort stand for elsewhere. With 8 seeds, and criteria that are content with them."""
    few = replace(LENIENT, least_seeds=8)
    assert sum(not failed(evidence, few) for evidence in _of_worlds(few.least_seeds)) <= CHANCE


def _of_worlds(seeds: int) -> Iterator[Evidence]:
    players = {CANDIDATE: ForeignKeys, INCUMBENT: twin(), **ENDS}
    who = people("night_owl", "newcomer")
    config = {"personas": [persona.model_dump() for persona in who], "code_version": "abc"}
    setting = Setting(users=2, days=3, moments_a_day=3, candidates=5)
    for first in range(0, RUNS * seeds, seeds):
        cohorts = [Cohort(persona, seed, setting) for persona in who for seed in range(first, first + seeds)]
        tallies = [play(cohort, players).tables() for cohort in cohorts]
        tables = {name: pa.concat_tables([each[name] for each in tallies]) for name in TABLES}
        yield gather(Results(config, **tables), CANDIDATE, INCUMBENT)
