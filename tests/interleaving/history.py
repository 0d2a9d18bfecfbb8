"""What happened in one schedule, as seen from the wire, and the laws it is held against.

What was written is found by comparing what is stored before and after each call. Which rewards the state must hold
follows from that and from who made the call; no answer and no code of the service is asked.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from tests.exactly_once.reference import Made
from tests.exactly_once.verdicts import SKEW_MS, WINDOW_MS, Books
from tests.interleaving.table import USER, Item
from tipbandit.contracts.events import RewardEvent
from tipbandit.contracts.reward import RewardResponse
from tipbandit.errors import (
    DecisionBeforeResetError,
    DecisionExpiredError,
    OutcomeUnknownError,
    StoreUnavailableError,
)
from tipbandit.policies.policy import Policy
from tipbandit.ports import Clock


class Law(StrEnum):
    """What must hold after any schedule."""

    ONCE = "no reward is applied twice"
    ACKNOWLEDGED = "a reward acknowledged as applied was applied"
    DUPLICATE = "a reward refused as a duplicate was applied before, and not by this request"
    RESET = "no decision from before a reset teaches the state after it"
    OVERWRITTEN = "each write replaces the version that was read"
    UNCHANGED = "a request that says nothing was changed changes nothing, then or later"
    DOUBT = "a request is in doubt only if a write of it was left without an answer"
    REFUSED = "a reward is refused only for what is so"
    LOST = "every reward that is sent again until it is answered is applied, or rightly refused"
    STATE = "the stored state is the reference's, in gram, b, n, sum and decision ids"
    ORDERLY = "a request ends as the service says it may"


@dataclass(frozen=True)
class Breach:
    """A law that was broken, and how."""

    law: Law
    how: str

    def __str__(self) -> str:
        return f"{self.law}: {self.how}"


@dataclass
class Request:
    """One request, and what is known of it.

    Attributes:
        who: the environment that carries it out.
        kind: score, reward or reset.
        about: the decision's name, of a score or a reward.
        made: the decision of a reward.
        r: the reward.
        policy: the policy of a score.
        by_token: whether the reward comes with the token.
        began_ms: when it was sent.
        seen: the items it was last given, by kind.
        life: which of the user's lives the item belonged to that a score was given; None while it was given none.
        read_at: how many events there were when it was last given an item.
        writes: how many of its writes were carried out.
        is_ambiguous: whether a write of it was left without an answer.
        had_trouble: whether anything stood in its way.
        outcome: the answer or the error; None while there is none, and for ever if its environment died.
    """

    who: str
    kind: str
    about: str = ""
    made: Made | None = None
    r: float = 0.0
    policy: Policy | None = None
    by_token: bool = True
    began_ms: int = 0
    seen: dict[str, Item | None] = field(default_factory=dict)
    life: int | None = None
    read_at: int = 0
    writes: int = 0
    is_ambiguous: bool = False
    had_trouble: bool = False
    outcome: object = None

    def __str__(self) -> str:
        return f"{self.who}'s {self.kind} {self.about}".rstrip()


@dataclass(frozen=True)
class Origin:
    """Where a decision comes from: the ``life`` its read saw, None if it saw none, and when it was answered."""

    life: int | None
    answered_at: int


@dataclass
class History:
    """All of it."""

    books: Books = field(default_factory=Books)
    breaches: list[Breach] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    origins: dict[UUID, Origin] = field(default_factory=dict)
    applied: defaultdict[UUID, list[Request]] = field(default_factory=lambda: defaultdict(list))
    resets: list[int] = field(default_factory=list)
    events: int = 0
    epoch: int = 0
    acknowledged_twice: int = 0
    _acknowledged: set[UUID] = field(default_factory=set)

    @property
    def life(self) -> int:
        """Which of the user's lives it is."""
        return self.books.reference.lives[USER]

    def break_law(self, law: Law, how: object) -> None:
        """Note a breach."""
        self.breaches.append(Breach(law, str(how)))

    def precedes(self, made: Made, *, by_token: bool) -> bool:
        """Tell whether a decision is from before the last reset.

        One that saw a state is from the life of that state. One that saw none, or comes without its token, is from
        before the resets that began after it was answered.
        """
        origin = self.origins[made.decision_id]
        if by_token and origin.life is not None:
            return origin.life < self.life
        return any(began_at >= origin.answered_at for began_at in self.resets)

    def on_write(self, request: Request, seen: dict[str, Item | None], changed: dict[str, tuple[Any, Any]]) -> None:
        """Note what a call of a request has changed: (before, after) by kind; and what the request had seen before."""
        self.events += 1
        request.writes += 1
        for kind, (before, _) in changed.items():
            if before != seen.get(kind):
                self.break_law(Law.OVERWRITTEN, f"{request} overwrote a {kind} that it had not read")
        if request.kind == "reset":
            self._on_reset(request, changed)
        elif request.made is not None:
            self._on_reward(request, request.made)
        else:
            self.break_law(Law.ORDERLY, f"{request} wrote")

    def _on_reset(self, request: Request, changed: dict[str, tuple[Any, Any]]) -> None:
        self.resets.append(request.read_at)
        epochs = (int(after["epoch"]["N"]) for _, after in changed.values() if after)
        self.epoch = max([self.epoch, *epochs])
        self.books.reference.reset(USER)

    def _on_reward(self, request: Request, made: Made) -> None:
        reference = self.books.reference
        if self.precedes(made, by_token=request.by_token):
            self.break_law(Law.RESET, f"{request} taught the state after a reset")
        if self.applied[made.decision_id]:
            self.break_law(Law.ONCE, f"{request} after {self.applied[made.decision_id][0]}")
        self.applied[made.decision_id].append(request)
        # Past a breach the reference goes on as it may: only the first is told.
        reference.taught[USER, made.policy.key][made.decision_id] = (made.x, request.r)

    def on_end(self, request: Request, clock: Clock) -> None:
        """Hold the outcome of a request against what really happened."""
        self.events += 1
        if request.kind == "reward" and isinstance(request.outcome, RewardResponse):
            self._on_answer(request, request.outcome)
        elif isinstance(request.outcome, Exception):
            self._on_error(request, request.outcome, clock)

    def _on_answer(self, request: Request, answer: RewardResponse) -> None:
        assert request.made is not None
        by = self.applied[request.made.decision_id]
        if not answer.applied:
            if not by or request in by:
                self.break_law(Law.DUPLICATE, f"{request} was applied by {by[0] if by else 'nobody'}")
            return
        if not by or not (request in by or request.is_ambiguous):
            self.break_law(Law.ACKNOWLEDGED, f"{request} was applied by {by[0] if by else 'nobody'}")
        self.acknowledged_twice += request.made.decision_id in self._acknowledged
        self._acknowledged.add(request.made.decision_id)

    def _on_error(self, request: Request, error: Exception, clock: Clock) -> None:
        match error:
            case StoreUnavailableError():
                if request.writes or request.is_ambiguous:
                    self.break_law(Law.UNCHANGED, request)
                if not request.had_trouble:
                    self.break_law(Law.REFUSED, f"{request} met no trouble")
            case OutcomeUnknownError():
                if not request.is_ambiguous:
                    self.break_law(Law.DOUBT, request)
            case DecisionBeforeResetError() | DecisionExpiredError():
                self._on_refusal(request, error, clock)
            case _:
                self.break_law(Law.ORDERLY, f"{request}: {type(error).__name__}: {error}")

    def _on_refusal(self, request: Request, error: Exception, clock: Clock) -> None:
        made = request.made
        assert made is not None
        if isinstance(error, DecisionExpiredError):
            is_so = clock.now_ms() - made.made_at_ms > WINDOW_MS and not request.writes
        elif request.by_token and self.origins[made.decision_id].life is not None:
            is_so = self.precedes(made, by_token=True)
        else:
            is_so = self.epoch > 0 and made.made_at_ms <= self.epoch + SKEW_MS
        if not is_so:
            self.break_law(Law.REFUSED, f"{request}: {error}")

    def unsettled(self) -> list[Request]:
        """Return one reward a decision whose sender has no answer yet."""
        settled = (RewardResponse, DecisionBeforeResetError, DecisionExpiredError)
        rewards = [each for each in self.requests if each.made is not None]
        done = {each.about for each in rewards if isinstance(each.outcome, settled)}
        return list({each.about: each for each in rewards if each.about not in done}.values())

    def check_events(self, logged: list[RewardEvent]) -> None:
        """Each acknowledgement is logged, with what was sent."""
        sent = sorted(
            (str(each.made.decision_id), each.r)
            for each in self.requests
            if each.made is not None and isinstance(each.outcome, RewardResponse) and each.outcome.applied
        )
        if sorted((str(event.decision_id), event.reward) for event in logged) != sent:
            self.break_law(Law.ACKNOWLEDGED, "what is logged is not what was acknowledged")
