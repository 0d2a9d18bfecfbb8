"""Percentiles, and the latencies of a log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.warm_latency import cells, logged, quantile


def test_half_of_four_values_do_not_exceed_the_second() -> None:
    """0.5 x 4 = 2: the second smallest."""
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0


def test_99_of_100_values_do_not_exceed_the_99th_and_all_do_not_exceed_the_largest() -> None:
    """0.99 x 100 = 99, and 1 x 100 = 100."""
    values = [float(number) for number in range(1, 101)]
    assert (quantile(values, 0.99), quantile(values, 1.0)) == (99.0, 100.0)


def test_999_of_1000_of_a_few_values_is_the_largest() -> None:
    """0.999 x 10 = 9.99, rounded up: the tenth."""
    assert quantile(range(10), 0.999) == 9


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0.001, 1.0))
def test_at_least_the_share_does_not_exceed_the_quantile_and_less_would_not_do(
    values: list[float], share: float
) -> None:
    """The definition."""
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values)


def test_nothing_has_no_quantile() -> None:
    """A series that was never measured must not show as fast."""
    with pytest.raises(ValueError, match="quantile of nothing"):
        quantile([], 0.5)


def test_a_table_shows_hundredths_of_a_millisecond() -> None:
    """Half, nine of ten, 99 of 100 and all of 1, 2 ... 10."""
    assert cells([float(number) for number in range(10, 0, -1)]) == ["5.00", "9.00", "10.00", "10.00"]


def test_only_embedded_metrics_with_a_latency_count_and_their_order_stays() -> None:
    """Events, the platform's lines and metrics without a latency are passed over."""
    log = [
        b"START RequestId: 1\n",
        b'{"level":"INFO","message":"decision","data":{"Latency":[99.0]}}\n',
        b'{"_aws":{},"Latency":[2.5],"Fault":[0.0]}\n',
        b'{"_aws":{},"Explored":[1.0]}\n',
        b'{"_aws":{},"Latency":[1.5]}\n',
        b"REPORT RequestId: 1\tDuration: 7 ms\n",
    ]
    assert list(logged(log)) == [2.5, 1.5]
