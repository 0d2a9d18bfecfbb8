"""The whole service in memory, called as HTTP calls it: what the examples are recorded from."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel

from codegen.bodies import Body
from codegen.generation import Generation
from tipbandit.adapters.memory import ManualClock, MemoryStateStore, MemoryTelemetry
from tipbandit.contracts.generate import GenerateRequest
from tipbandit.contracts.reset import ResetRequest
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest
from tipbandit.contracts.stats import StatsRequest
from tipbandit.decisions import KeyRing
from tipbandit.errors import KeysUnavailableError
from tipbandit.policies.registry import resolve
from tipbandit.ports import Meanwhile, Record, nothing
from tipbandit.runtime.http import Request, answer
from tipbandit.runtime.refusals import refuse
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reset import Reset
from tipbandit.usecases.reward import Reward
from tipbandit.usecases.score import Score
from tipbandit.usecases.stats import Stats

WINDOW_MS: Final = 7 * 86_400_000
_DEADLINE_S: Final = 1.0
_WRITING_S: Final = 25.0
_RING: Final = KeyRing("k1", {"k1": "the-key-of-the-examples-is-no-secret"})


@dataclass
class FaultyStore(MemoryStateStore):
    """A store that can be told to fail."""

    on_read: Exception | None = None
    on_write: Exception | None = None

    def read(self, user_id: str, policy: str, *, consistent: bool, meanwhile: Meanwhile = nothing) -> Record:
        """See ``ports.StateStore.read``."""
        _fail(self.on_read)
        return super().read(user_id, policy, consistent=consistent, meanwhile=meanwhile)

    def read_all(self, user_id: str) -> Mapping[str, Record]:
        """See ``ports.StateStore.read_all``."""
        _fail(self.on_read)
        return super().read_all(user_id)

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:
        """See ``ports.StateStore.replace``."""
        _fail(self.on_write)
        super().replace(user_id, policy, old=old, new=new)

    def bury(self, user_id: str, tombstones: Mapping[str, tuple[Record, Record]], *, expires_at_ms: int) -> None:
        """See ``ports.StateStore.bury``."""
        _fail(self.on_write)
        super().bury(user_id, tombstones, expires_at_ms=expires_at_ms)

    def set_aside(  # noqa: PLR0913  see ports
        self, user_id: str, policy: str, *, old: Record, new: Record, keep_until_ms: int, expires_at_ms: int
    ) -> None:
        """See ``ports.StateStore.set_aside``."""
        _fail(self.on_write)
        super().set_aside(user_id, policy, old=old, new=new, keep_until_ms=keep_until_ms, expires_at_ms=expires_at_ms)


def _fail(fault: Exception | None) -> None:
    if fault is not None:
        raise fault


@dataclass
class FaultyKeys:
    """Token keys that can be told to be out of reach."""

    unreadable: bool = False

    def ring(self, *, holding: str | None = None) -> KeyRing:  # noqa: ARG002  there is only one
        """See ``ports.Keys.ring``."""
        if self.unreadable:
            raise KeysUnavailableError("the token keys could not be read")
        return _RING


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: Body


@dataclass(frozen=True)
class Service:
    """The five functions, wired as their ``app.py`` does, on memory."""

    store: FaultyStore = field(default_factory=FaultyStore)
    keys: FaultyKeys = field(default_factory=FaultyKeys)
    clock: ManualClock = field(default_factory=ManualClock)
    telemetry: MemoryTelemetry = field(default_factory=MemoryTelemetry)
    generation: Generation = field(default_factory=Generation)
    authorised: dict[str, Any] = field(default_factory=dict)
    """What API Gateway adds to every event: of its stage, and of whom its authoriser let in."""

    def post(self, path: str, body: Body | str) -> Answer:
        """Answer POST ``path``."""
        return self._call(path, {"body": body if isinstance(body, str) else json.dumps(body)})

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        """Answer GET ``path``."""
        return self._call(path, {"queryStringParameters": dict(query)})

    def _call(self, path: str, event: Body) -> Answer:
        _, name, *named = path.split("/")
        parameters = dict(zip(("policy", "version"), named, strict=False))
        try:
            made = self._routes()[name](
                Request({**event, **self.authorised, "pathParameters": parameters}, _DEADLINE_S)
            )
            response = answer(200, made.model_dump_json())
        except Exception as error:  # noqa: BLE001  as runtime.endpoint: every error becomes an answer
            response = refuse(error)
        self.clock.sleep(0.005)
        return Answer(response["statusCode"], response["headers"], json.loads(response["body"]))

    def _routes(self) -> Mapping[str, Callable[[Request], BaseModel]]:
        generate = self.generation.generate(self.clock, self.telemetry)
        score = Score(self.store, self.keys, self.clock, self.telemetry)
        learner = Learner(self.store, self.clock, WINDOW_MS)
        reward = Reward(learner, self.keys, self.clock, self.telemetry)
        stats = Stats(self.store, self.telemetry)
        reset = Reset(self.store, self.clock, self.telemetry, WINDOW_MS)
        return {
            "generate": lambda request: generate(
                request.json(GenerateRequest), within_s=_WRITING_S, caller=request.caller()
            ),
            "score": lambda request: score(
                request.named_policy() or resolve(), request.json(ScoreRequest), caller=request.caller()
            ),
            "reward": lambda request: reward(
                request.named_policy(),
                request.json(RewardRequest),
                within_s=request.remaining_s,
                caller=request.caller(),
            ),
            "stats": lambda request: stats(
                request.named_policy(), request.query(StatsRequest), caller=request.caller()
            ),
            "reset": lambda request: reset(
                request.json(ResetRequest), within_s=request.remaining_s, caller=request.caller()
            ),
        }
