"""A version as a model would get it, and the whole way to tips without a model."""

import io
import json
import sys
from pathlib import Path

import pytest

from local.prompts.samples import SAMPLE
from tests.local.prompts.conftest import SHIPPED, Run, changed
from tipbandit.context.assemble import assemble
from tipbandit.context.budget import estimated_tokens
from tipbandit.context.data import DATA_RULE
from tipbandit.contracts.generate import GenerateRequest
from tipbandit.prompts.prompt import load

VERSIONS = sorted(path.stem for path in SHIPPED.iterdir())


def body(**changes: object) -> str:
    return json.dumps({"user_id": "ann", "signals": {"open_tasks": [{"title": "Pay the rent"}]}, **changes})


@pytest.fixture
def signals(tmp_path: Path) -> Path:
    file = tmp_path / "request.json"
    file.write_text(body(), "utf-8")
    return file


def messages(version: str, n: int | None = None) -> tuple[str, str]:
    request = GenerateRequest.model_validate_json(SAMPLE.read_bytes())
    prompt = load(version, (SHIPPED / f"{version}.yaml").read_bytes())
    return prompt.system, prompt.user(assemble(request.signals, request.profile_features, n=n or request.n))


@pytest.mark.parametrize("version", VERSIONS)
def test_both_messages_are_shown_as_a_model_gets_them(run: Run, version: str) -> None:
    out = run("render", version).out
    for name, text in zip(("system", "user"), messages(version), strict=True):
        assert f"{name}, about {estimated_tokens(text):,} tokens ──" in out
        assert f"\n{text}\n" in out


def test_the_user_s_message_alone_is_exactly_that(run: Run) -> None:
    assert run("render", "v1", "--user", "--n", "7").out == f"{messages('v1', n=7)[1]}\n"


def test_the_sample_has_something_for_every_placeholder_and_something_hostile() -> None:
    request = GenerateRequest.model_validate_json(SAMPLE.read_bytes())
    context = assemble(request.signals, request.profile_features, n=3).model_dump(exclude={"n"})
    counts = {name for name in context if name.endswith("_left_out")}

    assert all(context[name] for name in context.keys() - counts)
    assert "{{ system }}" in SAMPLE.read_text("utf-8")


def test_signals_come_from_a_file(run: Run, signals: Path) -> None:
    assert '- "Pay the rent", no due time\n' in run("render", "v3", "--signals", str(signals)).out


def test_signals_come_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body(n=1).encode())))

    assert run("render", "v3", "--user", "--signals", "-").out.endswith('- "Pay the rent", no due time\n1 tip.\n')


def test_every_wrong_field_is_named_in_one_line(run: Run, signals: Path) -> None:
    signals.write_text(body(n=11, user_id="", more=1, signals={"notes": [""]}), "utf-8")
    ran = run("render", "v1", "--signals", str(signals))

    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert ran.err.startswith(f"tipbandit: {signals}: user_id: ")
    assert all(f"; {field}: " in ran.err for field in ("signals.notes.0", "n", "more"))


@pytest.mark.parametrize(
    ("raw", "said"), [(b"{", "the body is not JSON"), (b"", "the body is empty"), (b"\xff", "is not UTF-8")]
)
def test_what_is_no_request_is_one_clear_line(run: Run, signals: Path, raw: bytes, said: str) -> None:
    signals.write_bytes(raw)
    ran = run("try", "v1", "--signals", str(signals))

    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


def test_two_versions_stand_below_each_other_on_a_narrow_terminal(run: Run) -> None:
    out = run("render", "v1", "--against", "v3").out

    assert out.index("v1 ·") < out.index(messages("v1")[1]) < out.index("v3 ·") < out.index(messages("v3")[1])


def test_two_versions_stand_side_by_side_on_a_wide_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    first, *lines = run("render", "v1", "--against", "v3", "--user").out.splitlines()

    assert first.startswith("v1 ·")
    assert first[80:].startswith("v3 ·")
    said = next(line for line in lines if line.startswith("Local time: Monday, 8:30 (morning)"))
    assert said[80:].startswith("Monday, 8:30 (morning); language")
    assert max(map(len, lines)) <= 160


def test_a_version_that_cannot_be_used_is_not_rendered(run: Run, mirror: Path) -> None:
    changed(mirror / "v3.yaml", "{{ now }}", "{{ nowhere }}")
    ran = run("render", "v3")

    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "user: nowhere is no field of the context; user: now is listed in placeholders and not used" in ran.err


def test_the_rule_that_texts_are_data_is_shown_with_every_version(run: Run) -> None:
    assert all(DATA_RULE in run("render", version).out for version in VERSIONS)


def test_the_whole_way_ends_in_a_table_of_tips(run: Run) -> None:
    out = run("try", "v1").out

    assert "model template (rules" in out
    assert "Pay the rent: due in 5 hours. Start on it" in out
    assert out.endswith("3 of 3 tips, 0 dropped\n")
    assert max(map(len, out.splitlines()[2:])) <= 100


def test_as_many_tips_are_tried_as_are_asked_for(run: Run) -> None:
    assert run("try", "v3", "--n", "10").out.endswith("10 of 10 tips, 0 dropped\n")
