"""What the contract allows is served, what it forbids is refused, and every answer is one it documents."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.pytest.lazy import get_all_tests

from local.service import Service
from tests.fuzz.answers import CONTRACT, DOCUMENT
from tests.fuzz.conftest import PATIENCE_S

CHECKS: Final[dict[str, Any]] = {
    # Nobody asks who is calling where no API Gateway stands in front.
    "ignored_auth": {"enabled": False},
    # An HTTP API answers 404 where a path has no such method, never 405 with Allow.
    "unsupported_method": {"enabled": False},
    "allow_header_conformance": {"enabled": False},
    "negative_data_rejection": {"expected-statuses": ["400", "404", "413", "422"]},
    # 404: any text is a path's policy; 409: another case reset the user; 410 and 422: see BEYOND_THE_SCHEMA.
    "positive_data_acceptance": {"expected-statuses": ["200", "404", "409", "410", "422"]},
}
BEYOND_THE_SCHEMA: Final = (
    "tip_id must be unique; candidates ",
    "is required (or decision_id, user_id, context and candidate)",
    "is required where there is no decision token",
    "must be absent where there is a decision token, which carries it",
    "is required (or reaction)",
    "only one of reward and reaction may be given",
    "must be the UUIDv7 that /score answered",
    "lies in the future",
    "is not a token this service signed",
    "is signed with an unknown key",
    "was not made by ",
    # To JSON Schema 4.0 is an integer; the service takes 4 only.
    "Input should be a valid integer",
)
"""How the problems begin that a body can have although it fits the JSON Schema."""
OPERATIONS: Final = [(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("fuzz"),
    # What is said of a case that is as large as the contract allows.
    pytest.mark.filterwarnings("ignore:Generating overly large repr:hypothesis.errors.HypothesisWarning"),
]


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_the_contract_documents(
    method: str, path: str, service: Service, session: requests.Session
) -> None:
    hunt(method, path, max_examples=10)(service=service, session=session)


@pytest.mark.deep
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_long_hunt_finds_no_answer_beyond_the_contract(
    method: str, path: str, service: Service, session: requests.Session
) -> None:
    hunt(method, path, max_examples=settings().max_examples // 4)(service=service, session=session)


def hunt(method: str, path: str, max_examples: int) -> Callable[..., None]:
    """Return a test of one operation: the contract's examples, the edges of its schemas, and as many random cases.

    They are the same ones each time where Hypothesis's profile wants that. Schemathesis's own collector would give
    all operations one node id, of which xdist runs one.
    """
    generation = {"max-examples": max_examples, "deterministic": bool(settings().derandomize), "database": "none"}
    config = schemathesis.Config.from_dict({"generation": generation, "checks": CHECKS})
    schema = schemathesis.openapi.from_path(CONTRACT, config=config).include(method=method, path=path)
    (found,) = get_all_tests(schema=schema, test_func=check, settings=None, given_kwargs=None)
    assert isinstance(found, Ok)
    _, test = found.ok()
    return test


def check(case: Case[Any], service: Service, session: requests.Session) -> None:
    """Send a case; every refusal of what fits the schema must name a rule that the schema cannot say."""
    response = case.call_and_validate(service.url, session, timeout=PATIENCE_S)
    assert case.meta is not None
    if case.meta.generation.mode is GenerationMode.POSITIVE and response.status_code == requests.codes.unprocessable:
        problems = [each["problem"] for each in response.json()["error"]["details"]]
        assert [each for each in problems if not each.startswith(BEYOND_THE_SCHEMA)] == []
