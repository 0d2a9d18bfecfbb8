"""Make a card from what the steps of a run found."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.cards.card import Card, Exploration, Row, Segment

_SEGMENTS = TypeAdapter(tuple[Segment, ...])
_EXPLORATIONS = TypeAdapter(tuple[Exploration, ...])
_SETTING = ("users", "days", "moments_a_day", "candidates")


def made(results: Mapping[str, Mapping[str, Any]], pipeline_code: str) -> Card:
    """Return the card of a run.

    Args:
        results: of the steps ``ingest``, ``features``, ``prior``, ``evaluation`` and ``gate``, each as JSON.
        pipeline_code: names the sources of the steps.
    """
    gate, measured = results["gate"], results["evaluation"]
    config = gate["record"]["config"]
    policy = POLICIES[gate["record"]["candidate"].partition("@")[0]]
    return Card(
        candidate=policy.key,
        incumbent=measured["evaluation"]["incumbent"],
        prior=results["prior"]["version"],
        prior_about=results["prior"]["about"],
        date=gate["record"]["date"],
        feature_set=policy.feature_set.name,
        schema_fingerprint=policy.feature_set.fingerprint().hex(),
        features=_features(policy),
        parameters=_parameters(policy),
        lineage=results["ingest"]["lineage"],
        lake=results["ingest"]["report"],
        profiles=results["features"],
        evaluation=measured["evaluation"],
        segments=_SEGMENTS.validate_python(measured["segments"]),
        explorations=_EXPLORATIONS.validate_python(measured["explorations"]),
        gate={name: value for name, value in gate["record"].items() if name != "config"},
        people={name: config["setting"][name] for name in _SETTING},
        code_version=gate["record"]["code_version"],
        pipeline_code=pipeline_code,
        commit=config["commit"],
    )


def _features(policy: Policy) -> tuple[Row, ...]:
    return tuple(
        Row(
            name=each.name,
            formula=each.formula,
            inputs=each.inputs,
            low=each.low,
            high=each.high,
            default=each.default,
        )
        for each in policy.feature_set.features
    )


def _parameters(policy: Policy) -> dict[str, Any]:
    return {
        name: value for name, value in asdict(policy).items() if value is None or isinstance(value, int | float | str)
    }
