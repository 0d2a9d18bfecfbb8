"""The TypeScript of the recommender says what its Python does. It is parsed here; the generator is not asked."""

import re
from dataclasses import fields
from datetime import date
from functools import cache
from typing import Final

from tests.contract.contracts import CONTRACTS
from tests.contract.typescript import Module, Property, parse
from tipbandit.contracts.score import Ranked
from tipbandit.contracts.tip import PROMPT_VERSION_PATTERN
from tipbandit.policies.registry import POLICIES
from tipbandit_recommender import rotation, shadows
from tipbandit_recommender.sinks import ShadowSignal

TEXT: Final = (CONTRACTS / "recommender.ts").read_text("utf-8")
FUNCTION: Final = re.compile(r"^export async function (?P<head>.*?) \{\n(?P<body>.*?)^\}\n", re.MULTILINE | re.DOTALL)
NULL: Final = frozenset({"null"})
STRING: Final = frozenset({"string"})
NUMBER: Final = frozenset({"number"})
BOOLEAN: Final = frozenset({"boolean"})


@cache
def mirror() -> Module:
    """All but the function, which the parser of declarations does not understand."""
    return parse(FUNCTION.sub("", TEXT))


def test_every_policy_has_a_shadow_and_each_is_off() -> None:
    rows = mirror().constants["SHADOWS"]

    assert {row["name"]: row["policy"] for row in rows} == dict(shadows.SHADOWS)
    assert {row["policy"] for row in rows} == set(POLICIES)
    assert [row["enabled"] for row in rows] == [False] * len(POLICIES)


def test_a_signal_has_the_fields_of_the_model_and_all_are_there() -> None:
    signal = mirror().interfaces["ShadowSignal"]
    kinds = {
        "signal": STRING,
        "schema_version": frozenset({"1"}),
        "decision_id": STRING,
        "user_id": STRING,
        "policy": STRING,
        "tip_id": STRING | NULL,
        "ranking": frozenset({"Ranking"}),
        "agrees": BOOLEAN | NULL,
        "degraded": BOOLEAN | NULL,
        "latency_ms": NUMBER | NULL,
        "error": STRING | NULL,
    }

    assert set(signal) == set(ShadowSignal.model_fields)
    assert signal == {name: Property(kind, optional=False) for name, kind in kinds.items()}


def test_a_row_of_the_ranking_has_the_fields_of_the_model() -> None:
    assert set(mirror().interfaces["Ranked"]) == {each.name for each in fields(Ranked)}
    assert mirror().interfaces["Ranked"] == {
        name: Property(kind, optional=False)
        for name, kind in {"tip_id": STRING, "score": NUMBER, "propensity": NUMBER}.items()
    }


def test_what_may_be_named_is_exported_too() -> None:
    assert mirror().aliases == ["ShadowName", "ShadowPolicy", "Ranking"]


def test_it_is_configured_by_the_same_variables() -> None:
    assert mirror().constants["CONFIGURATION"] == {
        "promptVersions": {"variable": rotation.VARIABLE, "separator": ",", "name": PROMPT_VERSION_PATTERN},
        "shadows": {"variable": shadows.VARIABLE, "separator": ","},
    }


def test_the_examples_of_the_rotation_are_what_it_answers() -> None:
    rows = mirror().constants["PROMPT_ROTATION_EXAMPLES"]
    answered = [
        rotation.PromptRotation(tuple(row["versions"])).version(row["userId"], date.fromisoformat(row["day"]))
        for row in rows
    ]

    assert answered == [row["version"] for row in rows]
    assert {len(row["versions"]) for row in rows} >= {0, 1, 2, 3}


def test_the_one_function_hashes_user_and_day_and_reduces_as_many_bytes() -> None:
    (function,) = FUNCTION.finditer(TEXT)

    assert function["head"] == (
        "promptVersion(userId: string, day: string, versions: readonly string[]): Promise<string | null>"
    )
    assert '"SHA-256", new TextEncoder().encode(`${userId} ${day}`)' in function["body"]
    assert f"new Uint8Array(digest, 0, {rotation.HASHED_BYTES})" in function["body"]


def test_there_is_nothing_to_import() -> None:
    assert not re.search(r"\b(import|require)\b", TEXT)
