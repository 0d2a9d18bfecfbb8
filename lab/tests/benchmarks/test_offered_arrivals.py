"""What arrives, and when."""

import itertools

from benchmarks.offered_arrivals import REWARD, SCORE, arrivals, burst


def test_arrivals_come_as_often_as_was_said_and_in_order() -> None:
    """100 a second for 100 s: 10,000, with a standard deviation of 100; six of them are allowed."""
    drawn = arrivals(100, 100, scores=10, seed=1)
    assert abs(len(drawn) - 10_000) < 600
    times = [each.at_s for each in drawn]
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] < 100


def test_arrivals_are_irregular_as_those_of_strangers_are() -> None:
    """The gaps of a Poisson process have a standard deviation as large as their mean; fixed ones have none."""
    times = [each.at_s for each in arrivals(100, 100, scores=10, seed=2)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert 0.9 < deviation / mean < 1.1


def test_one_in_eleven_is_a_reward() -> None:
    """Ten scores, then a reward."""
    kinds = [each.kind for each in burst(22, scores=10, seed=1)]
    assert kinds == [*[SCORE] * 10, REWARD] * 2


def test_the_same_seed_draws_the_same_and_another_one_does_not() -> None:
    """Two emulators are loaded alike."""
    assert arrivals(10, 10, scores=10, seed=1) == arrivals(10, 10, scores=10, seed=1)
    assert arrivals(10, 10, scores=10, seed=1) != arrivals(10, 10, scores=10, seed=2)


def test_a_burst_is_due_at_once() -> None:
    """All of it."""
    assert {each.at_s for each in burst(5, scores=1, seed=1)} == {0.0}
