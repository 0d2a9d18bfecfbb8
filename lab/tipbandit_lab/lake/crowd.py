"""A crowd that uses the service for some days: what is asked, what comes back, and what of it is logged.

Users, moments, tips and reactions are those of the simulation (docs/simulation.md); none has a past before the first
day, so that all a caller knows of a user has gone through the lake.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import numpy as np

from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.arrays import Floats
from tipbandit_lab.faithful.questions import moment_of, named
from tipbandit_lab.lake.callers import Logged, Service
from tipbandit_lab.lake.luck import Drawn, Luck
from tipbandit_lab.minds import Mind
from tipbandit_lab.moments import Moment, Reactions
from tipbandit_lab.plan import chosen
from tipbandit_lab.world import Cohort, Setting
from tipbandit_recommender import SHADOWS, Shown, profile_features

_EVER: Final = 1 << 62
"""Unix milliseconds that nothing comes after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some users of one persona, whom nobody else has anything to do with: the unit of work.

    Attributes:
        persona: its name.
        number: which of the persona's blocks.
        seed: which world.
        setting: how many they are and how much happens to them.
        policy: key of the policy that serves.
    """

    persona: str
    number: int
    seed: int
    setting: Setting
    policy: str

    @property
    def name(self) -> str:
        """The name of its files."""
        return f"{self.persona}-{self.number:04d}"

    def cohort(self) -> Cohort:
        """Return its users."""
        (persona,) = chosen([self.persona])
        new = persona.model_copy(update={"past_days": 0})
        return Cohort(new, self.seed, self.setting, self.number)


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    """What will be told of one decision: when, and its place in the user's history."""

    at_ms: int
    place: int
    request: RewardRequest = field(compare=False)


@dataclass(slots=True)
class _User:
    """One user as the caller knows them: what was shown, and what is still to be told of it."""

    user_id: str
    has_profile: bool
    history: list[Shown] = field(default_factory=list)
    due: list[_Due] = field(default_factory=list)

    def asks(self, moment: Moment, place: int, prompts: Sequence[str | None]) -> ScoreRequest:
        """Return what is asked at a moment; every tip has an id of its own, and the prompt that made it."""
        now = moment_of(int(moment.at_ms[place]))
        profile = profile_features(self.history, now=now) if self.has_profile else None
        asked = {
            "user_id": self.user_id,
            "context": {"hour": float(moment.hour[place]), "weekday": int(moment.weekday[place])},
            "candidates": _candidates(moment, place, prompts),
            "profile_features": profile,
        }
        return ScoreRequest.model_validate(asked)

    def tells(self, service: Service, until_ms: int) -> Iterator[Logged]:
        """Tell the service what is due by a moment, in the order it comes; from then on it is history."""
        while self.due and self.due[0].at_ms <= until_ms:
            due = heapq.heappop(self.due)
            yield service.reward(due.at_ms, due.request)
            shown = self.history[due.place]
            self.history[due.place] = Shown(
                shown_at=shown.shown_at, hour=shown.hour, reaction=due.request.reaction, dwell_s=due.request.dwell_s
            )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A decision that was made for the user at a place."""

    place: int
    request: ScoreRequest
    answer: ScoreResponse

    @property
    def index(self) -> int:
        """Of the tip that was shown."""
        return next(k for k, each in enumerate(self.request.candidates) if each.tip_id == self.answer.tip_id)

    def rewarded(self, reactions: Reactions, drawn: Drawn) -> RewardRequest:
        """Return what is told of it: with the token, or with what it was made from."""
        told: dict[str, Any] = {"reaction": named(int(reactions.reaction[self.place]))}
        if drawn.measured[self.place]:
            told["dwell_s"] = round(float(reactions.dwell_s[self.place]), 3)
        if not drawn.tokenless[self.place]:
            return RewardRequest(decision=self.answer.decision, **told)
        return RewardRequest(
            decision_id=self.answer.decision_id,
            user_id=self.request.user_id,
            context=self.request.context,
            candidate=self.request.candidates[self.index],
            profile_features=self.request.profile_features,
            **told,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Crowd:
    """The users of a block, and the service they use."""

    cohort: Cohort
    service: Service
    shadows: Sequence[str]
    luck: Luck
    users: Sequence[_User]
    mind: Mind

    @classmethod
    def of(cls, block: Block) -> "_Crowd":
        cohort, setting = block.cohort(), block.setting
        shadows = [name for name, key in SHADOWS.items() if key != block.policy]
        world = f"{block.name}\n{block.seed}"
        return cls(
            cohort,
            Service(POLICIES[block.policy]),
            shadows,
            Luck.of(world, users=setting.users, days=setting.days, shadows=len(shadows)),
            [_User(f"{block.name}-{place}", cohort.persona.has_profile) for place in range(setting.users)],
            cohort.mind(),
        )

    def lives(self, moment: Moment) -> Iterator[Logged]:
        """Live through a moment."""
        drawn = self.luck.at(moment)
        asked: list[_Asked] = []
        for place in np.flatnonzero(drawn.present).tolist():
            user = self.users[place]
            yield from user.tells(self.service, int(moment.at_ms[place]))
            request = user.asks(moment, place, drawn.prompts[place])
            decision_id = UUID(bytes=moment.ids[place].tobytes())
            answer, logged = self.service.decide(decision_id, request, readable=not drawn.unreadable[place])
            yield logged
            asked.append(_Asked(place, request, answer))
            if drawn.shadowed[place]:
                for name, latency_ms in zip(self.shadows, drawn.latency_ms[:, place].tolist(), strict=True):
                    yield self.service.shadow(name, request, answer, latency_ms)
        self._react(moment, drawn, asked)

    def ends(self) -> Iterator[Logged]:
        """Tell what is still to be told."""
        for user in self.users:
            yield from user.tells(self.service, _EVER)

    def _react(self, moment: Moment, drawn: Drawn, asked: Sequence[_Asked]) -> None:
        """Let the users react, and remember what they were shown: the others have seen nothing."""
        weary, since_ms = self.mind.weary, self.mind.since_ms
        shown = np.zeros(moment.users, dtype=np.int64)
        for each in asked:
            shown[each.place] = each.index
        reactions = self.mind.react(moment, self.mind.appeal(moment), shown)
        self.mind.weary = np.where(drawn.present, self.mind.weary, weary)
        self.mind.since_ms = np.where(drawn.present, self.mind.since_ms, since_ms)
        for each in asked:
            user, at_ms = self.users[each.place], int(moment.at_ms[each.place])
            if drawn.reported[each.place]:
                due_ms = at_ms + int(drawn.delay_ms[each.place])
                heapq.heappush(user.due, _Due(due_ms, len(user.history), each.rewarded(reactions, drawn)))
            user.history.append(Shown(shown_at=moment_of(at_ms), hour=float(moment.hour[each.place])))


def lived(block: Block) -> Iterator[Logged]:
    """Let the users of a block live, and yield what is logged of it; of one user, in the order of time."""
    crowd = _Crowd.of(block)
    for number in range(crowd.cohort.rounds):
        yield from crowd.lives(crowd.cohort.moment(number))
    yield from crowd.ends()


def _candidates(moment: Moment, place: int, prompts: Sequence[str | None]) -> list[dict[str, Any]]:
    tips = moment.tips
    numbers = [_known(column[:, place]) for column in (tips.priority, tips.due_in_hours, tips.age_hours)]
    return [
        {
            "tip_id": f"{moment.number}.{k}",
            "priority": priority,
            "due_in_hours": due_in_hours,
            "age_hours": age_hours,
            "prompt_version": prompt,
        }
        for k, (priority, due_in_hours, age_hours, prompt) in enumerate(zip(*numbers, prompts, strict=True))
    ]


def _known(values: Floats) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN is not itself
