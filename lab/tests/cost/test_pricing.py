"""Prices: the usual ones, and a file of others."""

from pathlib import Path

import pytest

from tipbandit_lab.cost.pricing import Prices, load


@pytest.mark.parametrize(("name", "text"), [("p.toml", "log_gb = 0.6\n"), ("p.json", '{"log_gb": 0.6}')])
def test_a_file_replaces_the_prices_it_names(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    prices = load(tmp_path / name)
    assert prices.log_gb == 0.6
    assert prices.api_calls == Prices().api_calls


def test_all_that_is_wrong_with_a_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text('{"beer": 1, "log_gb": -1, "api_calls": true, "requests": NaN}')
    with pytest.raises(ValueError, match="there is no price beer") as wrong:
        load(path)
    assert all(f"{name} must be a number" in str(wrong.value) for name in ("log_gb", "api_calls", "requests"))


@pytest.mark.parametrize(("name", "text"), [("p.toml", "log_gb"), ("p.json", "{"), ("p.json", "[1]")])
def test_a_file_of_something_else_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=r"p\.(toml is not TOML|json (is not JSON|must hold))"):
        load(tmp_path / name)
