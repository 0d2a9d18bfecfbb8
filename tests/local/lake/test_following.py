"""A log is read on from where reading stopped."""

from pathlib import Path

import pytest

from local.lake.following import Follower

LOG = "ScoreFunction.log"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / LOG


def add(log: Path, text: str) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(text)


def follower(log: Path) -> Follower:
    return Follower(log.parent, log.parent / "lake.json")


def test_each_line_is_read_once_and_one_that_is_being_written_when_it_is_whole(log: Path) -> None:
    following = follower(log)
    assert list(following.lines(LOG)) == []

    add(log, "a\nb\nc")
    assert list(following.lines(LOG)) == [b"a\n", b"b\n"]
    assert list(following.lines(LOG)) == []
    add(log, "d\n")
    assert list(following.lines(LOG)) == [b"cd\n"]


def test_what_was_read_and_not_written_down_is_read_again_by_the_next(log: Path) -> None:
    first = follower(log)
    add(log, "a\n")
    list(first.lines(LOG))
    first.remember()
    add(log, "b\n")
    list(first.lines(LOG))

    assert list(follower(log).lines(LOG)) == [b"b\n"]


@pytest.mark.parametrize("how", ["another file", "a shorter one"])
def test_a_new_log_is_read_from_its_beginning(how: str, log: Path) -> None:
    first = follower(log)
    add(log, "a\nb\n")
    list(first.lines(LOG))
    first.remember()
    if how == "another file":
        other = log.with_name("other")
        other.write_text("c\nd\ne\n", "utf-8")
        other.replace(log)
    else:
        log.write_text("c\n", "utf-8")

    assert next(follower(log).lines(LOG)) == b"c\n"


@pytest.mark.parametrize("saved", ["", "[]", '{"ScoreFunction.log": 3}', '{"ScoreFunction.log": ["x", 1]}'])
def test_a_place_that_cannot_be_read_is_the_beginning(saved: str, log: Path) -> None:
    (log.parent / "lake.json").write_text(saved, "utf-8")
    add(log, "a\n")

    assert list(follower(log).lines(LOG)) == [b"a\n"]
