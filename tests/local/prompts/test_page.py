"""``docs/prompts.md``: its commands, run as they stand there, print what it says; so do its snippets."""

import re
import shlex
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from local.__main__ import main
from local.options import ROOT
from local.template import read
from tests.local.prompts.conftest import SHIPPED, changed
from tests.support.cloud import PROMPT_BUCKET
from tipbandit.context.model import PromptContext, ReactionLine, TaskLine
from tipbandit.ports import Counter as Counters
from tipbandit.prompts.template import PromptTemplate, Sampling

PAGE: Final = (ROOT / "docs/prompts.md").read_text("utf-8")
SESSION: Final = re.compile(r"^```sh\n(?P<commands>.*?)^```\n```text\n(?P<output>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND: Final = re.compile(r'^make prompts(?: ARGS="(?P<arguments>.*)")?$')
CHANGES_WITH_THE_PROMPTS: Final = re.compile(r"\b[0-9a-f]{12,64}\b|(?<=--version-id )\S+")
BLOCK: Final = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def steady(text: str) -> list[str]:
    return [CHANGES_WITH_THE_PROMPTS.sub("#", line).rstrip() for line in text.splitlines()]


def blocks(kind: str) -> list[str]:
    return [block["text"] for block in BLOCK.finditer(PAGE) if block["kind"] == kind]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with nothing but the mirror in it."""
    shutil.copytree(SHIPPED, tmp_path / "shared/prompts")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path / "shared/prompts"


def printed(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    match = COMMAND.match(line)
    assert match is not None, line
    arguments = shlex.split((match["arguments"] or "list").replace("$BUCKET", PROMPT_BUCKET))
    assert main(["prompts", arguments[0], "--mirror", "shared/prompts", *arguments[1:]]) == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("here", "cloud")
def test_every_command_prints_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    sessions = list(SESSION.finditer(PAGE))
    assert len(sessions) == len(blocks("sh"))
    for session in sessions:
        output = "".join(printed(line, capsys) for line in session["commands"].splitlines())
        assert steady(output) == steady(session["output"]), session["commands"]


def test_the_mistakes_on_the_page_are_found_as_it_says(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed('make prompts ARGS="new v4 --from v3"', capsys)
    changed(here / "v4.yaml", "temperature: 0.5", "temperature: 5")
    changed(here / "v4.yaml", "{{ now }}", "{{ nowhere }}")

    assert main(["prompts", "check", "--mirror", "shared/prompts"]) == 1
    assert capsys.readouterr().out in blocks("text")


def test_the_rotation_is_even_sticky_and_by_user_and_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIP_PROMPT_VERSION", "v1, v2,v3")
    names: dict[str, Any] = {}
    (snippet,) = blocks("python")
    exec(snippet, names)  # noqa: S102  our own page
    version_of = names["prompt_version"]
    pairs = [(f"user-{user}", f"2026-11-{day:02}") for user in range(300) for day in range(1, 11)]
    drawn = {pair: version_of(*pair) for pair in pairs}

    assert drawn == {pair: version_of(*pair) for pair in reversed(pairs)}
    assert all(900 < count < 1100 for count in Counter(drawn.values()).values())
    assert {version for (user, _), version in drawn.items() if user == "user-7"} == {"v1", "v2", "v3"}
    monkeypatch.setenv("TIP_PROMPT_VERSION", "v9")
    assert version_of(*pairs[0]) == "v9"


def test_the_query_means_by_user_and_day() -> None:
    rows = [
        ("a", "ann", "v1", 1.0, "2026-11-01 08:00:00"),
        ("b", "ann", "v1", 1.0, "2026-11-01 09:00:00"),
        ("c", "bob", "v1", 0.0, "2026-11-01 09:00:00"),
        ("d", "bob", "v2", 0.25, "2026-11-02 09:00:00"),
        ("e", "bob", "v2", None, "2026-11-03 09:00:00"),
    ]
    table, query = blocks("sql")
    database = sqlite3.connect(":memory:")
    database.execute(table)
    database.executemany("INSERT INTO tip_scores VALUES (?, ?, 'tip', ?, 0.5, ?, ?)", rows)

    assert database.execute(query).fetchall() == [("v1", 2, 3, 0.5, 0.125), ("v2", 1, 1, 0.25, 0.0)]
    database.close()


def test_every_field_and_every_placeholder_is_on_the_page() -> None:
    fields = {*PromptTemplate.model_fields, *Sampling.model_fields, *PromptContext.model_fields}
    entries = {f".{name}" for model in (TaskLine, ReactionLine) for name in model.model_fields}
    assert {name for name in fields | entries if f"`{name}`" not in PAGE} == set()


def test_every_parameter_and_output_of_the_stack_on_the_page_exists() -> None:
    names = set(re.findall(r"`([A-Z][a-z][A-Za-z]+)`", PAGE)) - {str(counter) for counter in Counters}
    template = read(ROOT / "template.yaml").document
    assert names == names & {*template["Parameters"], *template["Outputs"]}
