"""Decisions and the signed tokens that carry them."""

import base64
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.strategies import ALPHABET, decision_ids, identifiers, vectors
from tipbandit.contracts.fields import MAX_TOKEN_CHARS
from tipbandit.decisions import Decision, KeyRing, from_token, to_token
from tipbandit.errors import InvalidFieldsError, UnknownKeyError
from tipbandit.ids import uuid7
from tipbandit.policies.registry import POLICIES

_K1: Final = "first-key-of-the-tests-0123456789abcdef"
_K2: Final = "second-key-of-the-tests-0123456789abcde"
_FOREIGN: Final = "somebody-else-s-key-0123456789abcdef012"
_RING: Final = KeyRing("k1", {"k1": _K1})
_URL_SAFE: Final = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")

_DECISION: Final = Decision(
    decision_id=uuid7(1_790_000_000_000, bytes(range(10))),
    user_id="user-1",
    policy="egreedy/v2",
    epoch=1_780_000_000_000,
    tip_id="tip:7",
    prompt_version="v2",
    propensity=0.925,
    x=np.sin(np.arange(12.0)),
)
_TOKEN: Final = to_token(_DECISION, _RING)
_RAW: Final = base64.urlsafe_b64decode(_TOKEN.split(".")[1] + "==")


def _decisions() -> st.SearchStrategy[Decision]:
    features = st.floats(-1, 1)
    return st.builds(
        Decision,
        decision_id=decision_ids(),
        user_id=identifiers,
        policy=st.sampled_from(sorted(POLICIES)),
        epoch=st.none() | st.integers(0, 2**63 - 1),
        tip_id=identifiers,
        prompt_version=st.none() | identifiers,
        propensity=st.none() | st.floats(0, 1),
        x=vectors(7) | vectors(12) | st.lists(features, min_size=1, max_size=12).map(np.array),
    )


def _bits(decision: Decision) -> tuple[object, ...]:
    texts = (decision.decision_id, decision.user_id, decision.policy, decision.tip_id, decision.prompt_version)
    propensity = None if decision.propensity is None else decision.propensity.hex()
    return (*texts, decision.epoch, propensity, decision.x.tobytes(), decision.x.dtype)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _is_refused(token: str, ring: KeyRing = _RING) -> bool:
    try:
        from_token(token, ring)
    except UnknownKeyError:
        return True
    except InvalidFieldsError as error:
        return [(each.field, each.problem) for each in error.violations] == [
            ("decision", "is not a token this service signed")
        ]
    return False


@given(_decisions())
def test_what_comes_back_is_what_was_decided_to_the_last_bit(decision: Decision) -> None:
    """The propensity and x that a reward is learned with are those of the decision."""
    assert _bits(from_token(to_token(decision, _RING), _RING)) == _bits(decision)


@pytest.mark.parametrize(
    "changed",
    [
        {"epoch": None},
        {"epoch": 0},
        {"propensity": None},
        {"propensity": 0.0},
        {"propensity": 5e-324},
        {"prompt_version": None},
    ],
)
def test_what_is_unknown_stays_apart_from_zero(changed: dict[str, Any]) -> None:
    decision = replace(_DECISION, **changed)
    assert _bits(from_token(to_token(decision, _RING), _RING)) == _bits(decision)


def test_a_decision_knows_when_it_was_made() -> None:
    assert _DECISION.made_at_ms == 1_790_000_000_000


def test_a_token_reads_key_id_payload_signature_and_is_safe_in_a_url() -> None:
    kid, payload, signature = _TOKEN.split(".")
    assert kid == "k1"
    assert payload == _encoded(_RAW)
    assert _RAW[0] == 1
    assert len(base64.urlsafe_b64decode(signature + "=")) == 32
    assert set(_TOKEN) <= _URL_SAFE


def test_a_key_never_shows_in_a_token_or_in_the_ring_s_own_words() -> None:
    assert not any(_K1 in text for text in (_TOKEN, repr(_RING), str(_RING)))


def test_any_one_altered_character_is_refused() -> None:
    """Also the last one, whose two lowest bits carry nothing of the signature."""
    for place, right in enumerate(_TOKEN):
        altered = [_TOKEN[:place] + wrong + _TOKEN[place + 1 :] for wrong in sorted(_URL_SAFE - {right})]
        assert [token for token in altered if not _is_refused(token)] == []


@given(st.integers(0, len(_TOKEN)), st.integers(0, len(_TOKEN)), st.text(max_size=5))
def test_any_other_edit_is_refused(start: int, end: int, instead: str) -> None:
    edited = _TOKEN[:start] + instead + _TOKEN[max(start, end) :]
    assume(edited != _TOKEN)
    assert _is_refused(edited)


@pytest.mark.parametrize("tail", ["=", "==", "\n", " ", "!!!!", ".", "\x00", "\u00e9", "AAAA"])
def test_whatever_is_appended_is_refused(tail: str) -> None:
    assert _is_refused(_TOKEN + tail)


@given(st.text())
def test_text_that_is_no_token_is_refused(text: str) -> None:
    assert _is_refused(text)
    assert _is_refused("k1." + text)


@given(st.text(st.characters(categories=["Cs"]), min_size=1))
def test_lone_surrogates_are_refused(text: str) -> None:
    """JSON can spell them; UTF-8 can not."""
    assert _is_refused("k1." + text + ".x")


def test_a_token_signed_with_a_foreign_key_of_the_same_name_is_refused() -> None:
    assert _is_refused(to_token(_DECISION, KeyRing("k1", {"k1": _FOREIGN})))


def test_a_token_of_an_unknown_key_says_so() -> None:
    """So that the keys can be read again: it may be a new one."""
    with pytest.raises(UnknownKeyError):
        from_token(to_token(_DECISION, KeyRing("k9", {"k9": _FOREIGN})), _RING)


def test_naming_another_key_of_the_ring_is_refused() -> None:
    both = KeyRing("k2", {"k1": _K1, "k2": _K2})
    assert _is_refused("k2" + _TOKEN.removeprefix("k1"), both)


def test_rotation_keeps_live_tokens_valid_until_the_old_key_is_dropped() -> None:
    before = KeyRing("k1", {"k1": _K1})
    during = KeyRing("k2", {"k1": _K1, "k2": _K2})
    after = KeyRing("k2", {"k2": _K2})
    old, new = to_token(_DECISION, before), to_token(_DECISION, during)
    assert (old.split(".")[0], new.split(".")[0]) == ("k1", "k2")
    assert _bits(from_token(old, during)) == _bits(from_token(new, during)) == _bits(from_token(new, after))
    with pytest.raises(UnknownKeyError):
        from_token(old, after)


def test_a_new_key_can_be_there_before_it_signs() -> None:
    """First every environment knows k2, then k2 signs: no token is ever refused on the way."""
    prepared = KeyRing("k1", {"k1": _K1, "k2": _K2})
    assert to_token(_DECISION, prepared) == _TOKEN
    assert "k2" in prepared


def test_the_ring_holds_the_ids_it_was_given() -> None:
    assert "k1" in _RING
    assert "k2" not in _RING
    assert "" not in _RING


@pytest.mark.parametrize(
    ("active", "keys"),
    [
        ("k1", {}),
        ("k2", {"k1": _K1}),
        ("k1", {"k1": _K1[:31]}),
        ("k1", {"k1": ""}),
        ("k1", {"k1": _K1, "k2": "short-secret"}),
        ("k1", {"k1": _K1, "k.2": _K2}),
        ("k1", {"k1": _K1, "": _K2}),
        ("k1", {"k1": _K1, "k" * 33: _K2}),
        ("k1\n", {"k1\n": _K1}),
        (_K1, {_K1: "k1"}),  # id and key changed over
        (_K1, {"k1": _K1}),  # a key where its id belongs
        ("k1", {"k1": _K1, _K2: "k2"}),
    ],
)
def test_an_unfit_ring_is_refused_without_showing_a_key(active: str, keys: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="token keys") as refusal:
        KeyRing(active, keys)
    said = repr(refusal.value)
    assert not any(secret in said for secret in (_K1, _K2, _K1[:31], "short-secret"))


@pytest.mark.parametrize("kid", ["k", "K-1_b", "k" * 32, "2026-11"])
def test_key_ids_have_up_to_32_url_safe_characters(kid: str) -> None:
    ring = KeyRing(kid, {kid: "x" * 32})
    assert _bits(from_token(to_token(_DECISION, ring), ring)) == _bits(_DECISION)


@pytest.mark.parametrize("version", [0, 2, 255])
def test_a_token_of_another_version_is_refused_even_if_signed(version: int) -> None:
    """It is not misread: what follows the version may mean something else."""
    assert _is_refused(_RING.sign(_encoded(bytes([version]) + _RAW[1:])))


@given(st.binary(max_size=300))
def test_a_broken_payload_is_refused_or_read_but_never_crashes(raw: bytes) -> None:
    token = _RING.sign(_encoded(b"\x01" + raw))
    assert _is_refused(token) or from_token(token, _RING).x.ndim == 1


def test_a_token_cut_anywhere_is_refused_even_if_signed() -> None:
    x_at = len(_RAW) - 8 * len(_DECISION.x)
    lengths = [*range(x_at), *(length for length in range(x_at, len(_RAW)) if (length - x_at) % 8)]
    assert [length for length in lengths if not _is_refused(_RING.sign(_encoded(_RAW[:length])))] == []


def test_the_longest_token_by_hand() -> None:
    """33 bytes of header, three ids of 1 + 128, a policy key of 1 + 10, x of 12*8: 527 bytes are 703 characters.

    With the key id (32), the signature (43) and two dots: 780. The contract takes 4,096.
    """
    longest = ALPHABET[0] * 128
    decision = replace(_DECISION, user_id=longest, tip_id=longest, prompt_version=longest)
    ring = KeyRing("k" * 32, {"k" * 32: _K1})
    token = to_token(decision, ring)
    assert len(token) == 780 < MAX_TOKEN_CHARS
    assert _bits(from_token(token, ring)) == _bits(decision)
