"""A card with a different number everywhere."""

from typing import Any, Final

from tipbandit_lab.cards.card import Amount, Card, Exploration, Row, Segment

REFUSAL: Final = "there are 3 users, and 20 are needed to tell them from chance"


def overlap(effective: float) -> dict[str, Any]:
    return {
        "effective": effective,
        "share": effective / 5_107,
        "unsupported": 0.0031,
        "affected": 0.011,
        "largest": effective / 7,
        "possible": 209.0,
        "heaviest": effective / 9_973,
    }


def interval(middle: float) -> dict[str, float]:
    return {"estimate": middle, "low": middle - 0.0213, "high": middle + 0.0317}


def evaluation() -> dict[str, Any]:
    estimate = {
        "estimator": "DR",
        "parameter": None,
        "candidate": interval(0.1713),
        "incumbent": interval(0.1511),
        "advantage": interval(0.0202),
    }
    return {
        "confidence": 0.95,
        "verdict": {"valid": True, "reasons": []},
        "rounds": 5_107,
        "users": 211,
        "first_day": "2026-01-07",
        "last_day": "2026-01-23",
        "unrewarded": 307,
        "treated": "drop",
        "left_out": {"no propensity": 13},
        "estimates": [estimate],
        "lower_bound": -0.0419,
        "overlap": overlap(431.0),
        "incumbent_overlap": overlap(1_823.0),
        "rechecks": [{"policy": "linucb/v1", "decisions": 5_003, "checkable": 4_001, "same": 4_001}],
    }


def finding(criterion: str, *, passed: bool, sentence: str, value: float) -> dict[str, Any]:
    measured = {"name": f"{criterion} of commuter", "passed": passed, "value": value}
    return {
        "criterion": criterion,
        "passed": passed,
        "sentence": sentence,
        "measures": [{**measured, "low": value - 0.0117, "high": value + 0.0119}],
    }


def gate() -> dict[str, Any]:
    return {
        "verdict": "hold",
        "sentence": "linucb/v1 goes on serving",
        "date": "2026-02-03",
        "candidate": "linucb/v2@p-7",
        "incumbent": "linucb/v1",
        "look": {"number": 3},
        "seeds": list(range(23)),
        "fingerprint": "aaaabbbbccccdddd",
        "challenger": True,
        "findings": [
            finding("fairness floor", passed=True, sentence="nobody is harmed", value=0.0371),
            finding("cold users", passed=False, sentence="cold users lose", value=-0.0291),
        ],
        "logged": {
            "outcome": "unclear",
            "look": {"number": 2},
            "findings": [finding("advantage on logged data", passed=False, sentence="it is not shown", value=0.0202)],
        },
    }


def card(**changed: object) -> Card:
    said: dict[str, Any] = {
        "candidate": "linucb/v2",
        "incumbent": "linucb/v1",
        "prior": "p-7",
        "prior_about": {"users": 211},
        "date": "2026-02-03",
        "feature_set": "base",
        "schema_fingerprint": "0badcafe",
        "features": (
            Row(name="bias", formula="1", inputs=(), low=1.0, high=1.0, default=None),
            Row(name="priority", formula="priority", inputs=("priority",), low=0.0, high=1.0, default=0.5),
        ),
        "parameters": {"key": "linucb/v2", "epsilon": 0.05, "alpha": 0.5},
        "lineage": {
            "lake": "somewhere",
            "fingerprint": "1111222233334444",
            "first": "2026-01-05",
            "last": "2026-01-25",
            "files": 61,
            "bytes": 2_300_411,
            "simulated": True,
        },
        "lake": {
            "tables": [{"table": "decisions", "files": 19, "lines": 5_519, "events": 5_477, "missing": ["2026-01-11"]}],
            "policies": [
                {
                    "policy": "linucb/v1",
                    "prior": None,
                    "decisions": 5_461,
                    "users": 223,
                    "rewards": 5_113,
                    "mean_reward": 0.1499,
                    "degraded": 29,
                }
            ],
            "oddities": [[17, "rewards given before their decision: a clock is wrong"]],
        },
        "profiles": {"users": 227, "as_of": "2026-01-25T23:50:04+00:00"},
        "evaluation": evaluation(),
        "segments": (
            Segment(
                name="cold",
                meaning="fewer than 10 rewards",
                decisions=613,
                users=59,
                reward=Amount(0.1301, 0.1107, 0.1503),
                candidate=Amount(0.1601, 0.1409, 0.1811),
                incumbent=Amount(0.1303, 0.1109, 0.1507),
                advantage=Amount(0.0298, -0.0101, 0.0599),
            ),
            Segment(name="night", meaning="from 22 to 6", decisions=41, users=3, refused=(REFUSAL,)),
        ),
        "explorations": (
            Exploration(
                policy="linucb/v1",
                decisions=5_101,
                explored=233,
                share=0.0457,
                best=Amount(0.1657, 0.1501, 0.1803),
                other=Amount(-0.0577, -0.1901, 0.0743),
                lost=Amount(0.0102, 0.0039, 0.0159),
            ),
        ),
        "gate": gate(),
        "people": {"users": 9, "days": 15, "moments_a_day": 4, "candidates": 11},
        "code_version": "5555666677778888",
        "pipeline_code": "9999000011112222",
        "commit": None,
    }
    return Card(**{**said, **changed})
