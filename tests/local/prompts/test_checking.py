"""Every problem of every version, and copies to begin from."""

import shutil
from pathlib import Path

import pytest

from tests.local.prompts.conftest import Run, changed
from tipbandit.prompts.prompt import load


def test_the_versions_that_ship_are_in_order(run: Run) -> None:
    ran = run("check")

    assert (ran.status, ran.out) == (0, "v1: ok\nv2: ok\nv3: ok\n")


def test_every_problem_of_every_version_is_named_at_once(run: Run, mirror: Path) -> None:
    changed(mirror / "v2.yaml", "version: v2", "version: v4")
    changed(mirror / "v2.yaml", "temperature: 0.9", "temperature: 9")
    changed(mirror / "v2.yaml", "write {{ n }} tip{% if n != 1 %}s{% endif %}", "write {{ count }} tips")
    changed(mirror / "v3.yaml", "maxLength: 80", "maxLength: 800")
    ran = run("check")

    assert ran.status == 1
    assert ran.out.splitlines() == [
        "v1: ok",
        "v2: sampling.temperature: Input should be less than or equal to 2",
        "v2: it says it is version v4",
        "v2: user: count is no field of the context",
        "v2: user: n is listed in placeholders and not used",
        "v3: output_schema.properties.tips.items.properties.text.maxLength: Input should be less than or equal to 280",
    ]


def test_only_what_is_named_is_checked(run: Run, mirror: Path) -> None:
    changed(mirror / "v2.yaml", "version: v2", "version: v4")

    assert run("check", "v1", "v3").status == 0
    assert run("check", "v2").out == "v2: it says it is version v4\n"


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("{{ task.due_in_hours }}", "a prompt prints texts and numbers only"),
        ("{{ task.due_in_hours|round }}", "type NoneType doesn't define __round__ method"),
        ("{% if task.priority > 0.5 %}!{% endif %}", "'>' not supported between instances of 'NoneType' and 'float'"),
    ],
)
def test_a_template_that_fails_where_a_number_is_unknown_is_found(
    run: Run, mirror: Path, printed: str, said: str
) -> None:
    changed(mirror / "v3.yaml", "{{ task.when }}", printed)
    ran = run("check", "v3")

    assert ran.status == 1
    assert ran.out.startswith("v3: user: ")
    assert ran.out.endswith(f": {said} (the sample; entries without times and priorities)\n")


def test_a_template_that_says_nothing_of_an_unknown_moment_is_found(run: Run, mirror: Path) -> None:
    text = (mirror / "v3.yaml").read_text("utf-8")
    start, end = text.index("user: |"), text.index("sampling:")
    lines = "user: '{% for note in notes %}{{ note }}{% endfor %}'\nplaceholders: [notes]\n"
    (mirror / "v3.yaml").write_text(text[:start] + lines + text[end:], "utf-8")
    ran = run("check", "v3")

    assert ran.out == "v3: user: it says nothing (a moment of which nothing is known; entries there is no room for)\n"


@pytest.mark.parametrize("raw", [b"", b"[", b"- x", b"\xff\xfe\x00", b"user: [", b"a: &a [*a]", b"[" * 2000])
def test_what_is_no_prompt_at_all_is_a_problem_and_no_traceback(run: Run, mirror: Path, raw: bytes) -> None:
    (mirror / "v2.yaml").write_bytes(raw)
    ran = run("check")

    assert (ran.status, ran.err) == (1, "")
    assert ran.out.splitlines()[1].startswith("v2: ")


@pytest.mark.parametrize("name", ["README.md", "v4.yml", "a b.yaml", "-v.yaml"])
def test_a_file_that_is_no_version_by_its_name_is_a_problem(run: Run, mirror: Path, name: str) -> None:
    shutil.copy(mirror / "v1.yaml", mirror / name)
    ran = run("check")

    assert ran.status == 1
    assert ran.out.splitlines()[-1] == f"{name}: is no prompt version by its name, VERSION.yaml"


def test_a_new_version_is_a_copy_with_its_comments(run: Run, mirror: Path) -> None:
    changed(mirror / "v2.yaml", "version: v2\n", "# about it\nversion: 'v2'  # its name\n")
    ran = run("new", "v10", "--from", "v2")

    assert ran.status == 0
    old, new = ((mirror / f"{version}.yaml").read_text("utf-8") for version in ("v2", "v10"))
    assert new == old.replace("version: 'v2'  # its name", "version: v10  # its name")
    assert run("check", "v10").out == "v10: ok\n"


@pytest.mark.parametrize("version", ["4", "no", "1.0", "2026-13-45", "1e3", "null", "0x1f", "V4_b-2"])
def test_a_name_that_yaml_takes_for_something_else_is_still_a_name(run: Run, mirror: Path, version: str) -> None:
    assert run("new", version, "--from", "v1").status == 0
    assert load(version, (mirror / f"{version}.yaml").read_bytes()).template.version == version


def test_a_new_version_never_replaces_one(run: Run, mirror: Path) -> None:
    before = (mirror / "v2.yaml").read_bytes()
    ran = run("new", "v2", "--from", "v1")

    assert (ran.status, ran.out) == (1, "")
    assert ran.err == f"tipbandit: {mirror / 'v2.yaml'} is there already, and stays as it is\n"
    assert (mirror / "v2.yaml").read_bytes() == before


def test_no_copy_is_made_of_what_cannot_be_used(run: Run, mirror: Path) -> None:
    changed(mirror / "v2.yaml", "version: v2", "version:\n  v2")
    ran = run("new", "v4", "--from", "v2")

    assert ran.status == 1
    assert "it says it is version v2" in ran.err
    assert not (mirror / "v4.yaml").exists()
