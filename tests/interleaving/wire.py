"""Between the SDK's real client and the emulated table: where calls wait, and go wrong.

Faults are made of what arrives on a wire, or does not: HTTP answers, and the errors of a connection. Parsing them,
and telling what they mean, is left to the SDK and the adapter.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from tests.interleaving.history import History, Request
from tests.interleaving.stepping import CrashError
from tests.interleaving.table import Table

PATIENCE_S: Final = 3.0
_CALL_MS: Final = 2
TIMEOUT_MS: Final = 400
SLOW_MS: Final = 3_500
"""Longer than a request goes on trying."""
_URL: Final = "https://dynamodb.example"
_READS: Final = frozenset({"GetItem", "Query"})

EFFECTS: Final = {
    "ok": "carried out and answered",
    "throttle": "refused before anything was done",
    "unreachable": "no connection",
    "failed": "an error of the server, nothing done",
    "broken": "carried out, and an error of the server for an answer",
    "lost": "carried out, and the answer lost",
    "cut": "carried out, and the answer cut off",
    "late": "given up by the client, and carried out later",
    "slow": "carried out and answered after the deadline",
    "stale": "answered with what was stored before",
    "conflict": "refused because of a transaction that is under way",
    "crash": "the environment dies before the call",
    "die": "the environment dies after the call, before the answer",
}
"""What may become of a call."""


@dataclass(frozen=True, eq=False)
class Call:
    """One call on its way, and what its ``request`` had ``seen`` when it was made."""

    request: Request
    operation: str
    body: dict[str, Any]
    sent: AWSPreparedRequest
    seen: dict[str, Any]
    at_ms: int

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.operation in _READS

    @property
    def kind(self) -> str:
        """The sort key, of a call for one item."""
        kind: str = self.body["Key"]["kind"]["S"]
        return kind

    def effects(self) -> list[str]:
        """Return what may become of it."""
        stale = self.operation == "GetItem" and not self.body.get("ConsistentRead", False)
        mine = [*(["stale"] if stale else []), *([] if self.is_read else ["late", "conflict"])]
        return [each for each in EFFECTS if each in mine or each not in {"stale", "late", "conflict"}]


@dataclass
class Wire:
    """Carries the calls of all environments; ``wait`` returns what becomes of a call, ``late`` are those to land."""

    table: Table
    history: History
    wait: Callable[[Call], str]
    request_of: Callable[[str], Request]
    late: list[Call] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)

    def carry(self, who: str, sent: AWSPreparedRequest) -> AWSResponse:
        """Carry one call there and back."""
        request = self.request_of(who)
        target, body = sent.headers["X-Amz-Target"], sent.body
        assert isinstance(target, bytes)
        assert isinstance(body, bytes)
        operation = target.decode().partition(".")[2]
        call = Call(request, operation, json.loads(body), sent, dict(request.seen), self.table.clock.ms)
        effect = self.wait(call)
        self.tally["calls"] += 1
        return self._done(call, effect)

    def land(self) -> None:
        """Let the oldest late write arrive; nobody hears of what becomes of it."""
        self._carry_out(self.late.pop(0))

    def _done(self, call: Call, effect: str) -> AWSResponse:
        if effect == "stale" and self.table.lagging(call.kind) is None:
            effect = "ok"
        self.tally[effect] += 1
        call.request.had_trouble |= effect not in {"ok", "stale"}
        match effect:
            case "crash":
                raise CrashError
            case "throttle" | "unreachable" | "failed" | "conflict":
                return self._refuse(call, effect)
            case "late":
                self.late.append(call)
                self._lose(call)
            case "stale":
                return self._lag(call)
        self.table.clock.ms += SLOW_MS if effect == "slow" else _CALL_MS
        answer = self._carry_out(call)
        if effect == "die":
            raise CrashError
        if effect == "broken":
            return self._refuse(call, "failed")
        if effect == "lost":
            self._lose(call)
        if effect == "cut":
            call.request.is_ambiguous |= not call.is_read
            return _answer(answer.status_code, answer.content, arriving=len(answer.content) // 2)
        self._note(call, answer)
        return answer

    def _refuse(self, call: Call, effect: str) -> AWSResponse:
        if effect == "unreachable":
            raise ConnectTimeoutError(endpoint_url=_URL)
        if effect == "failed":
            call.request.is_ambiguous |= not call.is_read
            return _answer(500, _refusal("InternalServerError"))
        if effect == "throttle":
            return _answer(400, _refusal("ProvisionedThroughputExceededException"))
        if call.operation != "TransactWriteItems":
            return _answer(400, _refusal("TransactionConflictException"))
        reasons = [{"Code": "TransactionConflict"}, *({"Code": "None"} for _ in call.body["TransactItems"][1:])]
        return _answer(400, _refusal("TransactionCanceledException", CancellationReasons=reasons))

    def _lose(self, call: Call) -> NoReturn:
        self.table.clock.ms += TIMEOUT_MS
        call.request.is_ambiguous |= not call.is_read
        raise ReadTimeoutError(endpoint_url=_URL)

    def _lag(self, call: Call) -> AWSResponse:
        version = self.table.lagging(call.kind)
        assert version is not None
        call.request.life, call.request.read_at = version.life, self.history.events
        call.request.seen[call.kind] = version.item
        return _answer(200, json.dumps({} if version.item is None else {"Item": version.item}).encode())

    def _carry_out(self, call: Call) -> AWSResponse:
        before, life = self.table.items(), self.history.life
        answer: AWSResponse | None = botocore_stubber("before-send", call.sent)
        assert answer is not None
        if call.is_read:
            return answer
        after = self.table.items()
        kinds = (kind for kind in before | after if before.get(kind) != after.get(kind))
        changed = {kind: (before.get(kind), after.get(kind)) for kind in kinds}
        if changed:
            self.tally["writes"] += 1
            for kind, (old, _) in changed.items():
                self.table.keep(kind, old, life)
            self.history.on_write(call.request, call.seen, changed)
        else:
            self.tally["conflicts"] += 1
            call.request.had_trouble = True
        return answer

    def _note(self, call: Call, answer: AWSResponse) -> None:
        """Note what a request is given."""
        if not call.is_read:
            return
        given = json.loads(answer.content)
        items = given["Items"] if call.operation == "Query" else [given["Item"]] if "Item" in given else []
        if call.operation == "Query":
            call.request.seen.clear()
        else:
            call.request.seen[call.kind] = None
        call.request.seen |= {item["kind"]["S"]: item for item in items}
        call.request.life, call.request.read_at = self.history.life, self.history.events


def _refusal(code: str, **more: object) -> bytes:
    return json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no", **more}).encode()


def _answer(status: int, body: bytes, *, arriving: int | None = None) -> AWSResponse:
    headers = HTTPHeaders()
    headers["content-length"] = str(len(body))
    return AWSResponse(_URL, status, headers, MockRawResponse(body[:arriving]))
