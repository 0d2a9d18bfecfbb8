"""Web tokens that bind their bearer: the authoriser says who is asking, and no body, query or token says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.support.bodies import USER, rewarding, scoring
from tests.support.cloud import Cloud
from tests.support.lambdas import Function, Invocation
from tests.support.payload import borne, event
from tipbandit.policies.registry import POLICIES

OTHER: Final = "u-2"
BINDS_USERS: Final = {"user_claim": "sub"}
BINDS_TENANTS: Final = {"tenant_claim": "custom:tenant"}
BINDS_BOTH: Final = {**BINDS_USERS, **BINDS_TENANTS}
PATHS: Final = [
    "/generate",
    "/reset",
    *(f"/{name}" for name in ("score", "reward", "stats")),
    *(f"/{name}/{key.partition('/')[0]}" for name in ("score", "reward", "stats") for key in POLICIES),
    *(f"/{name}/{key}" for name in ("score", "reward", "stats") for key in POLICIES),
]
every_path = pytest.mark.parametrize("path", sorted(set(PATHS)))


@dataclass(frozen=True)
class Api:
    """All functions, behind an API with a JWT authoriser."""

    request: pytest.FixtureRequest

    def ask(self, path: str, body: Mapping[str, Any], claims: Mapping[str, str], **named: str) -> Invocation:
        """Send a request whose web token says ``claims``, of which the deployment names some."""
        return self.send(path, borne(requested(path, body), claims, **named))

    def send(self, path: str, given: Mapping[str, Any]) -> Invocation:
        """Send an event."""
        function: Function = self.request.getfixturevalue(path.split("/")[1])  # loaded when it is first asked
        return function.invoke(given)


@pytest.fixture
def api(request: pytest.FixtureRequest) -> Api:
    """The API."""
    return Api(request)


def about(path: str, user_id: str) -> dict[str, Any]:
    """What to send to a path about a user."""
    match path.split("/")[1]:
        case "score":
            return scoring(user_id=user_id)
        case "reward":
            return rewarding(user_id=user_id)
        case "generate":
            return {"user_id": user_id, "signals": {}}
        case _:
            return {"user_id": user_id}


def requested(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The event of a request."""
    if path.startswith("/stats"):
        return event("GET", path, query=dict(body))
    return event("POST", path, body=body)


@every_path
def test_a_bound_user_gets_an_answer_about_itself_and_none_about_another(path: str, cloud: Cloud, api: Api) -> None:
    refused = api.ask(path, about(path, OTHER), {"sub": USER}, **BINDS_USERS)
    assert (refused.status, refused.code) == (403, "forbidden")
    assert OTHER not in refused.printed + refused.result["body"]
    assert cloud.items() == []
    assert api.ask(path, about(path, USER), {"sub": USER}, **BINDS_USERS).status == 200


@every_path
@pytest.mark.parametrize(
    "claims", [{}, {"sub": ""}, {"sub": "a/b"}, {"sub": "[u-1 u-2]"}, {"user_id": USER}, {"sub": f"{USER}\n"}]
)
def test_a_token_that_does_not_say_whose_it_is_is_nobodys(
    path: str, claims: dict[str, str], cloud: Cloud, api: Api
) -> None:
    assert api.ask(path, about(path, USER), claims, **BINDS_USERS).status == 403
    assert cloud.items() == []


@every_path
def test_without_the_authoriser_no_claim_counts(path: str, api: Api) -> None:
    """As when a function is invoked past the API, or the stack signs with IAM and names a claim all the same."""
    made = requested(path, about(path, USER))
    made["headers"] |= {"sub": USER, "x-user": USER}
    assert api.send(path, {**made, "stageVariables": BINDS_USERS}).status == 403


@every_path
def test_claims_that_the_deployment_does_not_name_bind_nobody(path: str, api: Api) -> None:
    """The token of a service that recommends to all users has a subject too: the service itself."""
    assert api.ask(path, about(path, USER), {"sub": "recommender"}).status == 200


@every_path
def test_no_body_names_a_tenant(path: str, api: Api) -> None:
    for key in ("acme/u-1", "/u-1", "acme/"):
        answer = api.ask(path, about(path, key), {"custom:tenant": "acme"}, **BINDS_TENANTS)
        assert (answer.status, answer.wrong_fields) == (422, ["user_id"])


def learned(api: Api, tenant: str) -> list[int]:
    """How many rewards the policies have learned from ``USER`` of a tenant, those that have learned any."""
    answer = api.ask("/stats", {"user_id": USER}, {"custom:tenant": tenant}, **BINDS_TENANTS)
    assert answer.body["user_id"] == USER
    return [each["n"] for each in answer.body["policies"].values() if each["n"]]


def decided(api: Api, claims: Mapping[str, str], path: str = "/score", **named: str) -> str:
    """A decision token for ``USER``."""
    token: str = api.ask(path, scoring(), claims, **named).body["decision"]
    return token


def test_tenants_share_no_users(api: Api) -> None:
    acme, zeta = {"custom:tenant": "acme"}, {"custom:tenant": "zeta"}
    api.ask("/reward", {"decision": decided(api, acme, **BINDS_TENANTS), "reward": 1}, acme, **BINDS_TENANTS)
    api.ask("/reward", rewarding(), acme, **BINDS_TENANTS)
    assert (learned(api, "acme"), learned(api, "zeta")) == ([2], [])
    reset = api.ask("/reset", {"user_id": USER}, zeta, **BINDS_TENANTS)
    assert (reset.status, reset.body["user_id"]) == (200, USER)
    assert learned(api, "acme") == [2]
    api.ask("/reset", {"user_id": USER}, acme, **BINDS_TENANTS)
    assert learned(api, "acme") == []


def test_the_log_says_of_which_tenant_a_user_is(api: Api) -> None:
    acme = {"custom:tenant": "acme"}
    score = api.ask("/score", scoring(), acme, **BINDS_TENANTS)
    reward = api.ask("/reward", {"decision": score.body["decision"], "reward": 1}, acme, **BINDS_TENANTS)
    reset = api.ask("/reset", {"user_id": USER}, acme, **BINDS_TENANTS)
    generate = api.ask("/generate", {"user_id": USER, "signals": {}}, acme, **BINDS_TENANTS)
    for answer, kind in ((score, "decision"), (reward, "reward"), (reset, "reset"), (generate, "generation")):
        assert [each["user_id"] for each in answer.events(kind)] == [f"acme/{USER}"]


@pytest.mark.parametrize(
    ("maker", "taker"),
    [
        pytest.param({"sub": USER, "custom:tenant": "acme"}, {"sub": OTHER, "custom:tenant": "acme"}, id="user"),
        pytest.param({"sub": USER, "custom:tenant": "acme"}, {"sub": USER, "custom:tenant": "zeta"}, id="tenant"),
        pytest.param({"sub": USER, "custom:tenant": "acme"}, {"sub": OTHER, "custom:tenant": "zeta"}, id="both"),
    ],
)
@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_a_decision_is_rewarded_by_nobody_but_its_own_user(
    policy: str, maker: dict[str, str], taker: dict[str, str], api: Api, cloud: Cloud
) -> None:
    token = decided(api, maker, f"/score/{policy}", **BINDS_BOTH)
    refused = api.ask("/reward", {"decision": token, "reward": 1}, taker, **BINDS_BOTH)
    assert (refused.status, refused.code) == (403, "forbidden")
    assert cloud.items() == []
    answer = api.ask(f"/reward/{policy}", {"decision": token, "reward": 1}, maker, **BINDS_BOTH)
    assert answer.body == {"applied": True, "policy": policy, "n": 1}


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_a_decision_of_one_policy_is_refused_by_every_other(policy: str, api: Api, cloud: Cloud) -> None:
    token = decided(api, {}, f"/score/{policy}")
    for other in sorted(set(POLICIES) - {policy}):
        refused = api.ask(f"/reward/{other}", {"decision": token, "reward": 1}, {})
        assert (refused.status, refused.wrong_fields) == (422, ["decision"])
    assert cloud.items() == []


def test_a_decision_from_before_there_were_tenants_is_no_tenants(api: Api) -> None:
    token = decided(api, {})
    refused = api.ask("/reward", {"decision": token, "reward": 1}, {"custom:tenant": "acme"}, **BINDS_TENANTS)
    assert refused.status == 403


def test_a_refused_caller_raises_no_alarm(api: Api) -> None:
    refused = api.ask("/score", scoring(), {"sub": OTHER}, **BINDS_USERS)
    assert refused.metric("Fault") == 0
    assert [(line["level"], line["message"], line["code"]) for line in refused.logs] == [
        ("INFO", "refused", "forbidden")
    ]
