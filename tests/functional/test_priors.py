"""A prior on the functions as deployed: read from the bucket, recorded with the first reward, named in the log."""

import pytest

from tests.support.bodies import USER, scoring
from tests.support.cloud import PRIOR_BUCKET, Cloud
from tests.support.lambdas import load
from tipbandit.policies.registry import POLICIES

KEY = "egreedy/v1"
SETTINGS = {"PRIORS": f"{KEY}=first", "PRIOR_BUCKET": PRIOR_BUCKET}


def test_a_user_starts_from_the_prior_that_is_set_and_keeps_it(cloud: Cloud) -> None:
    cloud.put_prior("first", POLICIES[KEY])
    cloud.put_prior("second", POLICIES[KEY])
    answered = load("score", **SETTINGS).post("/score/egreedy", scoring())
    (decision,) = answered.events("decision")
    assert decision["prior"] == "first"

    token = answered.body["decision"]
    assert load("reward", **SETTINGS).post("/reward", {"decision": token, "reaction": "completed"}).body["applied"]
    item = cloud.item(USER, KEY)
    assert item is not None
    assert item["prior"] == {"S": "first"}

    later = {**SETTINGS, "PRIORS": f"{KEY}=second"}
    for user, version in ((USER, "first"), ("somebody-new", "second")):
        (decision,) = load("score", **later).post("/score/egreedy", scoring(user_id=user)).events("decision")
        assert decision["prior"] == version
        stats = load("stats", **later).get("/stats/egreedy", user_id=user).body["policies"][KEY]
        assert stats["prior"] == version


@pytest.mark.parametrize("document", [None, b"{}", b"\x00"])
def test_a_prior_that_is_missing_or_broken_costs_nobody_an_answer(cloud: Cloud, document: bytes | None) -> None:
    cloud.put_prior("other", POLICIES[KEY])
    if document is not None:
        cloud.s3.put_object(Bucket=PRIOR_BUCKET, Key="priors/first.json", Body=document)
    answered = load("score", **SETTINGS).post("/score/egreedy", scoring())
    (decision,) = answered.events("decision")
    assert (answered.status, answered.body["degraded"], decision["prior"]) == (200, False, None)
    assert '"no_prior"' in answered.printed
    assert '"NoPrior":[1.0]' in answered.printed


def test_without_a_setting_nothing_is_read(cloud: Cloud) -> None:
    answered = load("score", PRIOR_BUCKET="no-such-bucket").post("/score/egreedy", scoring())
    (decision,) = answered.events("decision")
    assert (decision["prior"], cloud.item(USER, KEY)) == (None, None)
    assert "no_prior" not in answered.printed


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"PRIORS": "nobody/v1=a", "PRIOR_BUCKET": "b"}, "PRIORS must be pairs"),
        ({"PRIORS": "egreedy/v1", "PRIOR_BUCKET": "b"}, "PRIORS must be pairs"),
        ({"PRIORS": "egreedy/v1=../x", "PRIOR_BUCKET": "b"}, "PRIORS must be pairs"),
        ({"PRIORS": "egreedy/v1=a egreedy/v1=b", "PRIOR_BUCKET": "b"}, "PRIORS must be pairs"),
        ({"PRIORS": "egreedy/v1=a"}, "PRIOR_BUCKET must be set where PRIORS is"),
    ],
)
def test_a_setting_that_cannot_be_meant_stops_the_function_at_its_start(
    cloud: Cloud,  # noqa: ARG001  nothing of the machine's own
    variables: dict[str, str],
    problem: str,
) -> None:
    with pytest.raises(Exception, match=problem):
        load("score", **variables)
