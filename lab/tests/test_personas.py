"""The persona files, and what is refused in one."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipbandit_lab.personas import DIRECTORY, EFFORT, KINDS, Persona, holdout, load, personas

MAIN = {
    "morning_finisher", "night_owl", "dismisser", "deadline_driven", "novelty_seeker", "priority_driven", "erratic",
    "drifting", "newcomer",
}  # fmt: skip


def _broken(directory: Path, *changes: tuple[str, str, str], name: str = "erratic") -> Path:
    """Write a persona's file with values set: section (empty for the top), field, and what stands there instead."""
    lines = (DIRECTORY / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    for section, field, value in changes:
        top = lines.index(section) + 1 if section else 0
        place = next(at for at in range(top, len(lines)) if lines[at].startswith(f"{field} = "))
        lines[place] = f"{field} = {value}" if value else ""
    path = directory / f"{name}.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_there_are_nine_main_personas_and_others_kept_back() -> None:
    assert set(personas()) >= MAIN
    assert len(holdout()) >= 3
    assert not set(personas()) & set(holdout())


def test_a_persona_is_found_under_its_own_name() -> None:
    for name, persona in {**personas(), **holdout()}.items():
        assert persona.name == name


def test_no_two_personas_have_a_title_or_a_description_in_common() -> None:
    everyone = [*personas().values(), *holdout().values()]
    assert len({persona.title for persona in everyone}) == len(everyone)
    assert len({persona.description for persona in everyone}) == len(everyone)


def test_the_newcomer_is_the_cold_case() -> None:
    newcomer = personas()["newcomer"]
    assert not newcomer.has_profile
    assert newcomer.past_days == 0


def test_the_drifting_changes_half_way_and_nobody_else_of_the_main_ones_does() -> None:
    drift = personas()["drifting"].drift
    assert drift is not None
    assert drift.at == 0.5
    assert [name for name, persona in personas().items() if persona.drift is not None] == ["drifting"]


def test_some_who_are_kept_back_have_no_profile_and_some_drift() -> None:
    kept_back = holdout().values()
    assert 0 < sum(not persona.has_profile for persona in kept_back) < len(kept_back)
    assert 0 < sum(persona.drift is not None for persona in kept_back) < len(kept_back)


def test_every_kind_takes_a_known_effort() -> None:
    assert tuple(EFFORT) == KINDS
    assert all(-1 <= effort <= 1 for effort in EFFORT.values())


def test_one_error_names_the_file_and_every_wrong_field(tmp_path: Path) -> None:
    path = _broken(
        tmp_path,
        ("", "name", '"eratic"'),
        ("", "past_days", "-1"),
        ("[[openings]]", "hour", "24.0"),
        ("[supply]", "due_share", "1.5"),
        ("[taste]", "kinds", "{ gardening = 1 }"),
        ("[reacting]", "snoozed_width", "0"),
        ("[habituation]", "weight", "nan"),
        ("[habituation]", "memory_hours", "inf"),
        ("[spread]", "bias", "0.1\nsurprise = 1"),
        ("[spread]", "scales", ""),
    )
    with pytest.raises(ValueError, match="erratic") as caught:
        load(path)
    told = str(caught.value)
    assert told.startswith(f"{path}: ")
    for field in (
        "name: ", "past_days: ", "openings.0.hour: ", "supply.due_share: ", "taste.kinds.gardening", "spread.scales: ",
        "habituation.weight: ", "habituation.memory_hours: ", "reacting.snoozed_width: ", "spread.surprise: ",
    ):  # fmt: skip
        assert field in told, field
    assert "\n" not in told


@pytest.mark.parametrize(
    ("section", "field", "value", "told"),
    [
        ("", "past_days", "30.5", "past_days"),
        ("", "has_profile", '"yes"', "has_profile"),
        ("", "title", '""', "title"),
        ("[attention]", "least", "true", "attention.least"),
        ("[supply]", "due_mean_hours", '"48"', "supply.due_mean_hours"),
        ("[supply]", "kinds", "{ errand = -1 }", "supply.kinds.errand"),
    ],
)
def test_a_value_of_another_type_or_meaning_nothing_is_refused(
    tmp_path: Path, section: str, field: str, value: str, told: str
) -> None:
    with pytest.raises(ValueError, match=rf"erratic\.toml: {told}: "):
        load(_broken(tmp_path, (section, field, value)))


def test_a_persona_that_never_opens_the_app_is_refused() -> None:
    written = personas()["erratic"].model_dump() | {"openings": []}
    with pytest.raises(ValueError, match=r"openings\n"):
        Persona.model_validate(written)


def test_a_supply_of_no_kind_is_refused() -> None:
    written = personas()["erratic"].model_dump()
    written["supply"]["kinds"] = dict.fromkeys(KINDS, 0.0)
    with pytest.raises(ValueError, match=r"supply\.kinds\n.*at least one kind"):
        Persona.model_validate(written)


def test_what_drift_leads_to_is_checked_as_well(tmp_path: Path) -> None:
    path = _broken(tmp_path, ("[drift.taste]", "deadline", "{ horizon_hours = 5, overdue = 8 }"), name="drifting")
    with pytest.raises(ValueError, match=r"drift\.taste\.deadline\.overdue"):
        load(path)


@pytest.mark.parametrize("content", [b"name = ", b"name = '\xff'", b""])
def test_what_is_no_persona_at_all_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "nobody.toml"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"nobody\.toml: "):
        load(path)


def test_all_wrong_files_are_named_at_once(tmp_path: Path) -> None:
    for name in ("erratic", "newcomer"):
        _broken(tmp_path, ("", "has_profile", "1"), name=name)
    (tmp_path / "night_owl.toml").write_bytes((DIRECTORY / "night_owl.toml").read_bytes())
    with pytest.raises(ValueError, match=r"(?s)erratic\.toml.*newcomer\.toml") as caught:
        personas(tmp_path)
    assert "night_owl" not in str(caught.value)


def test_a_directory_without_personas_is_an_error_not_an_empty_lab(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no personas"):
        personas(tmp_path)
    with pytest.raises(ValueError, match="no personas"):
        holdout(tmp_path / "missing")


def test_a_persona_cannot_be_changed() -> None:
    persona = personas()["erratic"]
    with pytest.raises(ValueError, match="frozen"):
        persona.past_days = 3


@given(data=st.data())
def test_any_single_field_left_out_or_misspelt_is_named(data: st.DataObject) -> None:
    written: dict[str, Any] = tomllib.loads((DIRECTORY / "priority_driven.toml").read_text(encoding="utf-8"))
    section = data.draw(st.sampled_from(["supply", "reacting", "attention", "spread", "habituation"]))
    field = data.draw(st.sampled_from(sorted(written[section])))
    value = written[section].pop(field)
    written[section][f"{field}_"] = value
    with pytest.raises(ValueError, match=rf"{section}\.{field}\n") as caught:
        Persona.model_validate(written)
    assert f"{section}.{field}_\n" in str(caught.value)
