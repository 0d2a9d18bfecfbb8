"""What the machine draws from."""

from typing import Final

from hypothesis import strategies as st

from tests.exactly_once.faults import Fault
from tests.exactly_once.reference import Reading
from tests.exactly_once.verdicts import SKEW_MS, WINDOW_MS
from tests.exactly_once.world import OUTAGE, PATIENCE_S, Trouble
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures

Rival = tuple[str, int, float]
"""What somebody else does meanwhile: the act, which decision, which reward."""

_HALF_SKEW_MS: Final = SKEW_MS // 2
"""Clocks are off by this much at most, so that two are at most ``SKEW_MS`` apart."""

users = st.sampled_from(["ann", "ben"])
policies = st.sampled_from(["linucb/v1", "egreedy/v2"])
contexts = st.sampled_from([Context(hour=0.0, weekday=6), Context(hour=7.5, weekday=0), Context(hour=18.25, weekday=4)])
_walk = Candidate(tip_id="walk", priority=0.8, due_in_hours=-3.0)
_read = Candidate(tip_id="read", age_hours=30.0)
_call = Candidate(tip_id="call", priority=0.1, due_in_hours=12.0, age_hours=1.0)
candidates = st.sampled_from([(_walk,), (_read, _call), (_call, _walk, _read)])
profiles = st.sampled_from(
    [
        None,
        ProfileFeatures(completion_rate=0.9, preferred_hour=20.0),
        ProfileFeatures(dismiss_rate=0.2, mean_dwell_s=900.0, tips_30d=40),
    ]
)
rewards = st.sampled_from([-1.0, -0.25, 0.5, 1.0])
skews = st.sampled_from([0, -_HALF_SKEW_MS, _HALF_SKEW_MS])
readings = st.sampled_from([Reading.FRESH, Reading.FRESH, Reading.LAGGING, Reading.FAILING])
_faults = st.lists(st.sampled_from(Fault), max_size=3).map(tuple)
troubles = st.builds(
    Trouble,
    failing_reads=st.sampled_from([0, 0, 0, 2]),
    faults=st.one_of(_faults, _faults, _faults.map(lambda faults: faults + OUTAGE)),
    patience_s=st.sampled_from([PATIENCE_S, PATIENCE_S, 0.0]),
)
backs = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5, 9])
"""Which decision, counted from the latest: what is old is mostly refused, which is soon tested enough."""
rivals = st.lists(
    st.tuples(
        st.sampled_from(["the same reward", "a reward", "a reward", "a reset", "expiry", "landing"]), backs, rewards
    ),
    max_size=2,
)
pauses_ms = st.sampled_from([1, 999, _HALF_SKEW_MS, SKEW_MS, 3_600_000, 6 * WINDOW_MS // 7])
edges = st.integers(0, 20)
around_ms = st.sampled_from([-SKEW_MS, -1, 0, 1, SKEW_MS])
