"""Decisions, and the signed tokens that carry them to the caller and back.

A token is ``<key id>.<payload>.<signature>``, all URL-safe. It holds the x the decision was made with, so that the
features a reward is learned with are those of the decision by construction, and nothing need be stored by /score. It
is signed (HMAC-SHA256, itsdangerous), not encrypted: it repeats what the caller sent.
"""

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from itsdangerous import BadSignature, Signer
from itsdangerous.signer import SigningAlgorithm
from numpy.typing import NDArray

from tipbandit.errors import InvalidFieldsError, UnknownKeyError, Violation
from tipbandit.ids import IDENTIFIER_PATTERN, USER_KEY_PATTERN, is_uuid7, unix_ms_of

KEY_ID_PATTERN: Final = r"[A-Za-z0-9_-]{1,32}"
MIN_KEY_CHARS: Final = 32

_TOKEN_VERSION: Final = 1
_HEADER: Final = struct.Struct("<B16sqd")
_NO_EPOCH: Final = -1
_IDENTIFIER: Final = re.compile(IDENTIFIER_PATTERN)
_USER_KEY: Final = re.compile(USER_KEY_PATTERN)


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """One scoring answer, as far as its reward needs it.

    Attributes:
        decision_id: UUIDv7, carries the time of the decision.
        user_id: for whom.
        policy: key of the policy that decided.
        epoch: the user's epoch when it was made (Unix ms of the last reset, 0 before any); None where it is unknown.
        tip_id: what was shown.
        prompt_version: the prompt the tip was generated with, if any.
        propensity: with which probability it was shown; None where it is unknown.
        x: the features it was chosen with, shape (D,).
    """

    decision_id: UUID
    user_id: str
    policy: str
    epoch: int | None
    tip_id: str
    prompt_version: str | None
    propensity: float | None
    x: NDArray[np.float64]

    @property
    def made_at_ms(self) -> int:
        """When it was made, in Unix milliseconds."""
        return unix_ms_of(self.decision_id)


class _AtOnce(SigningAlgorithm):
    """HMAC-SHA256 in one call: the same bytes as the library's in a third of the time."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """See ``SigningAlgorithm``."""
        return hmac.digest(key, value, "sha256")


def _signer(key: str) -> Signer:
    """Return what signs with a key; what the library derives from it for each signature is derived once."""
    deriving = Signer(key, salt="tipbandit.decision", key_derivation="hmac", digest_method=hashlib.sha256)
    return Signer(deriving.derive_key(), key_derivation="none", digest_method=hashlib.sha256, algorithm=_AtOnce())


class KeyRing:
    """The token keys by key id, one of which signs; all verify, so that keys rotate under live tokens."""

    __slots__ = ("_signers", "active")

    def __init__(self, active: str, keys: Mapping[str, str]) -> None:
        """Make a ring; ``active`` names the key that signs.

        Raises:
            ValueError: if a key id or key is unfit, or the active one is missing; never shows a key.
        """
        fit = all(re.fullmatch(KEY_ID_PATTERN, kid) and len(key) >= MIN_KEY_CHARS for kid, key in keys.items())
        if not fit or active not in keys:
            # Not even the ids are named: where one stands in the place of a key, the key stands in its place.
            raise ValueError(
                f"token keys: every id matches {KEY_ID_PATTERN}, every key has at least {MIN_KEY_CHARS} characters, "
                "and the active id is among them"
            )
        self.active = active
        self._signers = {kid: _signer(key) for kid, key in keys.items()}

    def __contains__(self, kid: str) -> bool:
        return kid in self._signers

    def sign(self, payload: str) -> str:
        """Return ``<active key id>.<payload>.<signature>``."""
        return self._signers[self.active].sign(f"{self.active}.{payload}").decode()

    def verify(self, token: str) -> str:
        """Return the payload of a token.

        Raises:
            UnknownKeyError: if the ring does not hold the key id the token names.
            BadSignature: if the signature is not that key's.
        """
        kid = token.partition(".")[0]
        if kid not in self._signers:
            raise UnknownKeyError("the token names an unknown key")
        signed = token.rpartition(".")[0]
        # As text, where the library compares what it decodes to: base64 has many spellings of one signature.
        if not hmac.compare_digest(self._signers[kid].sign(signed), token.encode()):
            raise BadSignature("the signature is not that of the key")
        return signed.partition(".")[2]


def to_token(decision: Decision, ring: KeyRing) -> str:
    """Return the signed token of a decision."""
    epoch = _NO_EPOCH if decision.epoch is None else decision.epoch
    propensity = np.nan if decision.propensity is None else decision.propensity
    texts = (decision.user_id, decision.policy, decision.tip_id, decision.prompt_version or "")
    parts = [_HEADER.pack(_TOKEN_VERSION, decision.decision_id.bytes, epoch, propensity)]
    parts += [bytes([len(text)]) + text.encode("ascii") for text in texts]
    parts.append(decision.x.astype("<f8", copy=False).tobytes())
    return ring.sign(base64.urlsafe_b64encode(b"".join(parts)).rstrip(b"=").decode())


def from_token(token: str, ring: KeyRing) -> Decision:
    """Return the decision a token carries.

    Raises:
        UnknownKeyError: if the token names a key the ring does not hold.
        InvalidFieldsError: if the token was not signed by that key, is of an unknown version, or carries what no
            decision can be: who holds a key can sign that too.
    """
    try:
        payload = ring.verify(token)
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        return _checked(_unpack(raw))
    except (BadSignature, IndexError, ValueError, struct.error) as error:
        raise InvalidFieldsError([Violation("decision", "is not a token this service signed")]) from error


def _unpack(raw: bytes) -> Decision:
    version, decision_id, epoch, propensity = _HEADER.unpack_from(raw)
    if version != _TOKEN_VERSION:
        raise ValueError("unknown token version")
    texts, at = [], _HEADER.size
    for _ in range(4):
        length = raw[at]
        texts.append(raw[at + 1 : at + 1 + length].decode("ascii"))
        at += 1 + length
    user_id, policy, tip_id, prompt_version = texts
    return Decision(
        decision_id=UUID(bytes=decision_id),
        user_id=user_id,
        policy=policy,
        epoch=None if epoch == _NO_EPOCH else epoch,
        tip_id=tip_id,
        prompt_version=prompt_version or None,
        propensity=None if np.isnan(propensity) else propensity,
        x=np.frombuffer(raw, dtype="<f8", offset=at).astype(np.float64),
    )


def _checked(decision: Decision) -> Decision:
    """Return a decision that can have been made; features lie in [-1, 1].

    Raises:
        ValueError: if this one cannot.
    """
    texts = (decision.tip_id, decision.prompt_version or "none")
    chances = () if decision.propensity is None else (decision.propensity,)
    if not (
        is_uuid7(decision.decision_id)
        and _USER_KEY.fullmatch(decision.user_id)
        and all(_IDENTIFIER.fullmatch(text) for text in texts)
        and (decision.epoch is None or decision.epoch >= 0)
        and all(0 <= chance <= 1 for chance in chances)
        and np.all(np.abs(decision.x) <= 1)
    ):
        raise ValueError("no decision is like that")
    return decision
