"""Whatever is sent for a token, also signed with the right key, is refused as documented or teaches sound numbers."""

import base64
import json
import math
import struct
import time
import uuid
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.fuzz.answers import refusal_is_documented
from tests.support import cloud
from tests.support.bodies import DAY_MS, decision_id
from tests.support.lambdas import Function, Invocation, load
from tipbandit import codec
from tipbandit.decisions import from_token
from tipbandit.errors import InvalidFieldsError, UnknownKeyError
from tipbandit.ids import uuid7
from tipbandit.policies.registry import POLICIES

pytestmark = pytest.mark.slow

EXAMPLES: Final = max(200, settings().max_examples)
RING: Final = cloud.ring()
USER: Final = "signed"
MINUTE_MS: Final = 60_000
SHORT: Final = 8
"""Characters; the logs are not searched for less than that."""

ANY_DOUBLE: Final = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.0, -1.0])
ANY_TEXT: Final = st.sampled_from([b"", b" ", b"a#b", b"\xff", b"a" * 255]) | st.binary(max_size=40)


@pytest.fixture(scope="module")
def account() -> Iterator[cloud.Cloud]:
    with cloud.emulated() as made:
        yield made


@pytest.fixture(scope="module")
def reward(account: cloud.Cloud) -> Function:  # noqa: ARG001  it must be up first
    return load("reward", REWARD_WINDOW_DAYS="7")


@pytest.fixture(scope="module")
def said(reward: Function) -> str:
    """What is logged of every refusal: Hypothesis tries words of this code, and one of those would look leaked."""
    return json.dumps(reward.post("/reward", {"decision": "", "reward": 1}).lines, ensure_ascii=False)


def signed(  # noqa: PLR0913  one for each field of a token
    *,
    version: int = 1,
    made: bytes | None = None,
    epoch: int = 0,
    propensity: float = 0.5,
    user: bytes = USER.encode(),
    policy: bytes = b"linucb/v1",
    tip: bytes = b"walk",
    prompt: bytes = b"",
    x: tuple[float, ...] = (1.0,) * 7,
    tail: bytes = b"",
) -> str:
    """A token with these fields, good as they are, under a signature of the right key."""
    decision = uuid.UUID(decision_id()).bytes if made is None else made
    parts = [struct.pack("<B16sqd", version, decision, epoch, propensity)]
    parts += [bytes([len(text)]) + text for text in (user, policy, tip, prompt)]
    return resigned(b"".join(parts) + struct.pack(f"<{len(x)}d", *x) + tail)


def resigned(raw: bytes) -> str:
    return RING.sign(base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


def sent(reward: Function, token: str) -> Invocation:
    """Send a token; what is refused must be documented, and no fault of the service's."""
    answer = reward.post("/reward", {"decision": token, "reward": 1})
    if answer.status != httpx.codes.OK:
        response = httpx.Response(answer.status, headers=dict(answer.headers), text=answer.result["body"])
        assert refusal_is_documented("POST", "/reward", response)
        assert answer.status < httpx.codes.INTERNAL_SERVER_ERROR, answer.body
    return answer


def assert_sound(account: cloud.Cloud) -> None:
    """Everything that is stored is under a key of ours, and can be read."""
    for item in account.items():
        policy = POLICIES[item["kind"]["S"].removeprefix("state#")]
        codec.decode(bytes(item["blob"]["B"]), policy.feature_set)


def test_the_token_that_all_these_are_made_from_is_taken(reward: Function) -> None:
    assert sent(reward, signed()).body["applied"] is True


WRONG: Final[dict[str, dict[str, Any]]] = {
    "x has NaN": {"x": (math.nan,) + (1.0,) * 6},
    "x has infinity": {"x": (math.inf,) * 7},
    "x is hardly beyond 1": {"x": (1.0,) * 6 + (math.nextafter(1, 2),)},
    "x is huge": {"x": (1e308,) * 7},
    "x is short": {"x": (1.0,) * 6},
    "x is long": {"x": (1.0,) * 8},
    "x is none": {"x": ()},
    "x is another policy's": {"x": (1.0,) * 12},
    "the propensity is above 1": {"propensity": 1.0000001},
    "the propensity is negative": {"propensity": -5e-324},
    "the propensity is infinite": {"propensity": math.inf},
    "the epoch is negative": {"epoch": -2},
    "the epoch is before time": {"epoch": -(2**63)},
    "the id is nil": {"made": bytes(16)},
    "the id is all ones": {"made": b"\xff" * 16},
    "the id is of version 4": {"made": uuid.UUID("6f1ed002-ab5e-4f7f-8d36-0123456789ab").bytes},
    "the policy is none": {"policy": b"thompson/v1"},
    "the policy is empty": {"policy": b""},
    "the policy is no text": {"policy": b"\xff\xfe"},
    "the user is empty": {"user": b""},
    "the user has a space": {"user": b"a user"},
    "the user has a line break at the end": {"user": b"user\n"},
    "the user is not ASCII": {"user": "us\u00e9r".encode()},
    "the user is too long": {"user": b"u" * 129},
    "the tip is empty": {"tip": b""},
    "the tip has a slash": {"tip": b"../walk"},
    "the prompt has NUL": {"prompt": b"v1\x00"},
    "the version is new": {"version": 2},
    "there is a byte too many": {"tail": b"\x00"},
    "there are bytes without end": {"tail": b"\xff" * 2000},
}


@pytest.mark.parametrize("field", WRONG.values(), ids=WRONG)
def test_what_no_decision_can_be_is_refused_although_it_is_signed(
    field: dict[str, Any], account: cloud.Cloud, reward: Function
) -> None:
    before = account.items()
    answer = sent(reward, signed(**field))

    assert (answer.status, answer.wrong_fields) == (422, ["decision"])
    assert answer.metric("Fault") == 0
    assert account.items() == before


@pytest.mark.parametrize(
    ("ahead_ms", "status", "field"),
    [(2 * MINUTE_MS, 422, ["decision_id"]), (365 * DAY_MS, 422, ["decision_id"]), (-8 * DAY_MS, 410, [])],
)
def test_a_signed_decision_of_another_time_is_refused(
    ahead_ms: int, status: int, field: list[str], account: cloud.Cloud, reward: Function
) -> None:
    before = account.items()
    made = uuid7(time.time_ns() // 1_000_000 + ahead_ms, bytes(10)).bytes
    answer = sent(reward, signed(made=made))

    assert (answer.status, answer.wrong_fields) == (status, field)
    assert account.items() == before


@settings(max_examples=EXAMPLES)
@given(
    fields=st.fixed_dictionaries(
        {},
        optional={
            "version": st.integers(0, 255),
            "made": st.binary(min_size=16, max_size=16),
            "epoch": st.integers(-(2**63), 2**63 - 1),
            "propensity": ANY_DOUBLE,
            "user": ANY_TEXT,
            "policy": st.sampled_from([key.encode() for key in POLICIES]) | ANY_TEXT,
            "tip": ANY_TEXT,
            "prompt": ANY_TEXT,
            "x": st.lists(ANY_DOUBLE | st.floats(-1, 1), max_size=14).map(tuple),
            "tail": st.binary(max_size=9),
        },
    )
)
def test_any_fields_under_the_right_signature_are_refused_as_documented_or_sound(
    account: cloud.Cloud, reward: Function, fields: dict[str, Any]
) -> None:
    sent(reward, signed(**fields))
    assert_sound(account)


@settings(max_examples=EXAMPLES)
@given(raw=st.binary(max_size=600), head=st.booleans())
def test_any_bytes_under_the_right_signature_are_refused_as_documented(
    account: cloud.Cloud,
    reward: Function,
    raw: bytes,
    head: bool,  # noqa: FBT001
) -> None:
    before = account.items()
    assert sent(reward, resigned(b"\x01" + raw if head else raw)).status == httpx.codes.UNPROCESSABLE_ENTITY
    assert account.items() == before


ANY_TOKEN: Final = st.one_of(
    st.text(max_size=200),
    st.text("AZaz09-_.=+/", max_size=300),
    st.text(max_size=50).map(lambda text: f"k1.{text}.{text}"),
    st.integers(0, 5000).map(lambda length: "A" * length),
    st.text(max_size=60).map(lambda text: RING.sign(text) if text.isascii() else text),
)


@settings(max_examples=EXAMPLES)
@given(token=ANY_TOKEN)
def test_any_text_for_a_token_is_refused_as_documented(
    account: cloud.Cloud, reward: Function, said: str, token: str
) -> None:
    signature = token.rpartition(".")[2]
    assume(len(signature) < SHORT or signature not in said)
    before = account.items()
    answer = sent(reward, token)
    assert (answer.status, answer.wrong_fields) == (422, ["decision"])
    assert account.items() == before


@pytest.mark.parametrize("token", ["\\ud800", "k1.\\udfff.AAAA", "k1." + "\\u0000" * 100 + ".AAAA"])
def test_characters_that_only_json_can_spell_are_refused(reward: Function, token: str) -> None:
    answer = reward.post("/reward", f'{{"decision": "{token}", "reward": 1}}')
    assert answer.code == ("malformed_body" if "\\ud" in token else "invalid_fields")


@settings(max_examples=EXAMPLES)
@given(st.text(st.characters(categories=["Cs", "Lu", "So"]), max_size=20))
def test_no_text_makes_the_parser_raise_anything_else(text: str) -> None:
    """Below the handler: what JSON would have refused."""
    for token in (text, f"k1.{text}", f"k1.{text}.{text}"):
        with pytest.raises((InvalidFieldsError, UnknownKeyError)):
            from_token(token, RING)


def test_a_token_of_200_kilobytes_is_refused(reward: Function) -> None:
    answer = reward.post("/reward", json.dumps({"decision": "k1." + "A" * 200_000, "reward": 1}))
    assert (answer.status, answer.wrong_fields) == (422, ["decision"])
