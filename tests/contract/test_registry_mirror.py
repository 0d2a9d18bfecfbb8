"""The TypeScript mirror says what the schema table says. It is parsed here; the generator is not asked."""

from functools import cache

import pytest

from tests.contract.contracts import CONTRACTS
from tests.contract.typescript import Module, Property, parse
from tipbandit.features.schema import FEATURE_SETS, FEATURES, INPUTS, Source

SOURCES: dict[Source, tuple[str, str]] = {
    "context": ("CONTEXT_INPUTS", "Context"),
    "candidate": ("CANDIDATE_INPUTS", "Candidate"),
    "profile": ("PROFILE_INPUTS", "ProfileFeatures"),
}
IDENTIFIERS = {
    "tip_id": Property(frozenset({"string"}), optional=False),
    "prompt_version": Property(frozenset({"string", "null"}), optional=True),
}


@cache
def mirror() -> Module:
    return parse((CONTRACTS / "profile_registry.ts").read_text("utf-8"))


def test_it_names_the_same_inputs_and_features_and_sets() -> None:
    constants = mirror().constants
    inputs = {row["name"] for name, _ in SOURCES.values() for row in constants[name]}

    assert inputs == set(INPUTS)
    assert {row["name"] for row in constants["FEATURES"]} == {
        name for each in FEATURE_SETS.values() for name in each.names
    }
    assert set(constants["FEATURE_SETS"]) == set(FEATURE_SETS)


@pytest.mark.parametrize("source", SOURCES)
def test_each_input_has_the_type_unit_range_and_meaning_of_the_table(source: Source) -> None:
    constant, _ = SOURCES[source]

    assert [
        (row["name"], row["type"], row["unit"], row["min"], row["max"], row["maxExclusive"], row["required"])
        for row in mirror().constants[constant]
    ] == [
        (row.name, row.dtype, row.unit, row.low, row.high, row.below_high, row.required)
        for row in INPUTS.values()
        if row.source == source
    ]
    assert all(row["meaning"] == INPUTS[row["name"]].meaning for row in mirror().constants[constant])


@pytest.mark.parametrize("source", SOURCES)
def test_each_input_that_may_be_absent_names_the_default_of_its_features(source: Source) -> None:
    defaults = {row.name: row.default for row in FEATURES.values()}
    for row in mirror().constants[SOURCES[source][0]]:
        fed = {each.name for each in FEATURES.values() if row["name"] in each.inputs}
        assert row["whenAbsent"] == ({} if row["required"] else {name: defaults[name] for name in fed})


@pytest.mark.parametrize("source", SOURCES)
def test_each_interface_has_the_inputs_of_its_place_and_nothing_else(source: Source) -> None:
    _, interface = SOURCES[source]
    numbers = {
        row.name: Property(frozenset({"number"} if row.required else {"number", "null"}), optional=not row.required)
        for row in INPUTS.values()
        if row.source == source
    }

    assert mirror().interfaces[interface] == {**numbers, **(IDENTIFIERS if source == "candidate" else {})}


def test_features_stand_in_the_order_of_the_table_and_products_after_them() -> None:
    names = [row["name"] for row in mirror().constants["FEATURES"]]

    assert names[: len(FEATURES)] == list(FEATURES)
    assert len(names) == len(set(names))


def test_each_feature_has_its_inputs_factors_formula_range_and_default() -> None:
    features = {row.name: row for each in FEATURE_SETS.values() for row in each.features}

    for row in mirror().constants["FEATURES"]:
        found = features[row["name"]]
        assert (tuple(row["inputs"]), tuple(row["factors"])) == (found.inputs, found.factors)
        assert (row["min"], row["max"], row["default"]) == (found.low, found.high, found.default)
        assert (row["formula"], row["meaning"]) == (found.formula, found.meaning)
        assert set(row["factors"]) <= set(FEATURES)


def test_feature_sets_have_their_dimension_and_features() -> None:
    assert mirror().constants["FEATURE_SETS"] == {
        name: {"dim": each.dim, "features": list(each.names)} for name, each in FEATURE_SETS.items()
    }


@pytest.mark.parametrize("text", ["const a = 1;", "export let a = 1;", "export const a = [1 2] as const;", "export @"])
def test_the_parser_refuses_what_it_does_not_understand(text: str) -> None:
    with pytest.raises(SyntaxError):
        parse(text)
