"""One Lambda environment: the real use cases, one request at a time, in a thread that waits at every call and sleep."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.exactly_once.reference import Made, Reading, features
from tests.exactly_once.world import KEYS, MORNING, WALK, request_of
from tests.interleaving.designs import Design
from tests.interleaving.history import History, Law, Origin, Request
from tests.interleaving.stepping import Sleep, Stepped, SteppedClock
from tests.interleaving.table import USER
from tests.interleaving.wire import PATIENCE_S, Call
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.contracts.reset import ResetRequest
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.policies.policy import Policy
from tipbandit.ports import StateStore
from tipbandit.usecases.reward import Reward
from tipbandit.usecases.score import Score

_CONTEXTS: Final = (MORNING, Context(hour=18.25, weekday=5), Context(hour=0.0, weekday=2))
_TIPS: Final = (WALK, Candidate(tip_id="call", priority=0.1, due_in_hours=12.0, age_hours=30.0))
_PROFILE: Final = ProfileFeatures(completion_rate=0.9, preferred_hour=20.0)


@dataclass
class Environment:
    """One Lambda environment; ``decisions`` by name are known to all of them."""

    name: str
    design: Design
    store: StateStore
    clock: SteppedClock
    history: History
    decisions: dict[str, Made]
    request: Request | None = None
    running: Stepped | None = None

    @property
    def at(self) -> object:
        """What it waits at; None if it is idle."""
        return None if self.running is None else self.running.at

    def words(self) -> list[str]:
        """Return what it can be told."""
        match self.at:
            case Sleep():
                return ["wake", "crash"]
            case Call() as call:
                return call.effects()
        return []

    def score(self, name: str, policy: Policy) -> None:
        """Make a decision; which one is told by its name, so that it stays the same in any part of a schedule."""
        number = int(name.removeprefix("d"))
        context, tip = _CONTEXTS[number % len(_CONTEXTS)], _TIPS[number % len(_TIPS)]
        asked = ScoreRequest(user_id=USER, context=context, candidates=[tip], profile_features=_PROFILE)
        score = Score(self.store, KEYS, self.clock, self.history.books.telemetry)
        self._begin(Request(self.name, "score", name, policy=policy), lambda: score(policy, asked))

    def reward(self, name: str, r: float, *, by_token: bool) -> Request:
        """Send a reward."""
        made = self.decisions[name]
        sent = request_of(made, r, by_token=by_token)
        learner = self.design.learner(self.store, self.clock)
        reward = Reward(learner, KEYS, self.clock, self.history.books.telemetry)
        named = None if by_token else made.policy
        request = Request(self.name, "reward", name, made=made, r=r, by_token=by_token)
        self._begin(request, lambda: reward(named, sent, within_s=PATIENCE_S))
        return request

    def reset(self) -> None:
        """Reset the user."""
        reset = self.design.reset(self.store, self.clock, self.history.books.telemetry)
        self._begin(Request(self.name, "reset"), lambda: reset(ResetRequest(user_id=USER), within_s=PATIENCE_S))

    def resume(self, word: str) -> None:
        """Let it go on."""
        assert self.running is not None
        self.running.resume(word)
        self._look()

    def finish(self) -> None:
        """Let it go on to the end, and nothing goes wrong any more."""
        while self.at is not None:
            self.resume("wake" if isinstance(self.at, Sleep) else "ok")

    def _begin(self, request: Request, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                request.outcome = work()
            except Exception as error:  # noqa: BLE001  what it may be is for the history to say
                request.outcome = error

        request.began_ms = self.clock.true.ms
        self.history.requests.append(request)
        self.request, self.running = request, Stepped(run)
        self.running.start()
        self._look()

    def _look(self) -> None:
        if self.at is not None:
            return
        assert self.request is not None
        request, self.request, self.running = self.request, None, None
        self.history.on_end(request, self.clock)
        if isinstance(request.outcome, ScoreResponse):
            self._note(request, request.outcome)

    def _note(self, request: Request, answer: ScoreResponse) -> None:
        if answer.degraded != (request.life is None):
            self.history.break_law(Law.ORDERLY, f"{request} is degraded where it need not be, or the other way round")
        number = int(request.about.removeprefix("d"))
        context, tip = _CONTEXTS[number % len(_CONTEXTS)], _TIPS[number % len(_TIPS)]
        assert request.policy is not None
        made = Made(
            decision_id=answer.decision_id,
            user_id=USER,
            policy=request.policy,
            token=answer.decision,
            context=context,
            tip=tip,
            profile=_PROFILE,
            life=self.history.life,
            reading=Reading.FRESH,
            x=features(context, tip, _PROFILE, request.policy.feature_set.dim),
        )
        self.decisions[request.about] = made
        self.history.origins[made.decision_id] = Origin(request.life, self.history.events)
