"""The command: real calls, measured or with CPU that is given, as tables."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from benchmarks import cost_calls, cost_platform
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.cost import page
from tipbandit_lab.cost.command import command

GIVEN = ("--score-us", "700", "--reward-us", "800")


@pytest.fixture
def run() -> CliRunner:
    return CliRunner()


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(command)
    return made


def test_tables_hold_the_arithmetic(run: CliRunner, app: typer.Typer) -> None:
    """700 us / (1769/1769) + 4 ms = 4.7 ms, billed 5 ms at 1.7275 GB."""
    done = run.invoke(app, [*GIVEN, "--memory", "1769", "--candidates", "3"])
    assert done.exit_code == 0
    assert "| Lambda, 5 ms at 1,769 MB" in done.stdout
    assert "8,638" in done.stdout
    assert all(f"| {memory} MB, arm64" in done.stdout for memory in ("512", "1,024", "1,769"))
    assert all(name in done.stdout for name in ("propensities", "managed service", "containers"))


def test_a_page_gets_the_tables_between_its_marks(run: CliRunner, app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "cost.md"
    path.write_text("before\n<!-- generated: cost -->\nold\n<!-- end of generated: cost -->\nafter\n")
    assert run.invoke(app, [*GIVEN, "--into", str(path)]).exit_code == 0
    text = path.read_text()
    assert text.startswith("before\n<!-- generated: cost -->\n## A million decisions")
    assert text.endswith("<!-- end of generated: cost -->\nafter\n")
    assert "\nold\n" not in text


def test_a_page_without_the_marks_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cost.md"
    path.write_text("nothing\n")
    with pytest.raises(ValueError, match="must hold the block 'cost' once"):
        page.put(path, "cost", "text\n")
    assert path.read_text() == "nothing\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--policy", "best/v1"], "no such policy: best/v1; there are"), (["--rewarded", "2"], "rewarded")],
)
def test_what_is_wrong_is_an_error_of_one_sentence(
    run: CliRunner, app: typer.Typer, arguments: list[str], message: str
) -> None:
    done = run.invoke(app, [*GIVEN, *arguments])
    assert isinstance(done.exception, ValueError)
    assert message in str(done.exception)


def test_calls_are_those_of_the_real_code() -> None:
    policy = POLICIES["egreedy/v2"]
    few = cost_calls.measured(policy, 1, 0, score_us=1.0, reward_us=1.0)
    many = cost_calls.measured(policy, 20, 100, score_us=1.0, reward_us=1.0)
    assert few.decision.event["data"]["event"] == "decision"
    assert few.taught.event["data"]["event"] == "reward"
    assert few.decision.event["data"]["policy"] == "egreedy/v2"
    assert many.score.item_bytes - few.score.item_bytes == 16 * 100
    assert few.reward.written_bytes - few.reward.item_bytes == 16
    assert many.score.logs["the event"].size > few.score.logs["the event"].size
    assert many.reward.read_units == few.reward.read_units == 1
    assert (few.reward.write_units, many.reward.write_units) == (1, 3)
    assert few.decision.metrics > 0


def test_every_byte_of_an_event_is_in_one_row() -> None:
    from benchmarks import cost_report  # noqa: PLC0415 - only here

    line = cost_calls.measured(POLICIES["egreedy/v2"], 5, 0, score_us=1.0, reward_us=1.0).decision
    sizes = [size for _, size, _ in cost_report._fields(line.event)]
    assert all(size > 0 for size in sizes)
    assert sum(sizes) == len(next(each for each in line.logged if '"_aws"' not in each).encode())


def test_the_access_log_is_the_templates() -> None:
    line = cost_platform.access_line("POST /score", 1234)
    assert line.startswith('{"time":"')
    assert line.endswith('"}')
    assert '"route":"POST /score"' in line
    assert '"bytes":"1234"' in line
    assert "$context" not in line
