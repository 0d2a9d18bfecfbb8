"""Play a cohort through the service's HTTP API, as its caller would: call by call, by the reference caller."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal
from uuid import UUID

import numpy as np

from tipbandit.contracts.reward import Reaction, RewardRequest, RewardResponse
from tipbandit.contracts.score import ScoreResponse
from tipbandit_lab.arrays import Floats, Ints
from tipbandit_lab.faithful.questions import Question, moment_of, named, question, remembered
from tipbandit_lab.faithful.stage import FaithfulError, Stage
from tipbandit_lab.faithful.transcript import Step, Transcript
from tipbandit_lab.moments import Moment, Reactions
from tipbandit_lab.world import Cohort
from tipbandit_recommender import Client, Recommender, Shadows, Shown, profile_features
from tipbandit_recommender.recommender import scored
from tipbandit_recommender.retries import Limit, Timeouts
from tipbandit_recommender.sinks import LogSink

By = Literal["token", "parts"]
"""How a reward says which decision it is for: by the token, or, as where that was lost, by what it was made from."""

_LIMIT: Final = Limit(20.0, 60.0)
_PATIENT: Final = Timeouts(connect_s=10.0, score=_LIMIT, reward=_LIMIT, stats=_LIMIT)
"""Nobody waits for these answers."""


@dataclass(slots=True)
class _User:
    """One user as the caller knows them."""

    place: int
    user_id: str
    has_profile: bool
    history: list[Shown] = field(default_factory=list)

    def asks(self, moment: Moment) -> Question:
        now = moment_of(int(moment.at_ms[self.place]))
        profile = profile_features(self.history, now=now) if self.has_profile else None
        return question(moment, self.place, self.user_id, profile)

    def reacts(self, moment: Moment, reactions: Reactions) -> None:
        self.history.append(remembered(moment, reactions, self.place))


@dataclass(frozen=True, slots=True)
class _Run:
    """One policy at work for the users of a cohort."""

    recommender: Recommender
    stage: Stage
    users: Sequence[_User]
    by: By

    def decided(self, moment: Moment, asked: Sequence[Question]) -> list[ScoreResponse]:
        """Have a tip chosen for each user."""
        answers = []
        for user, each in zip(self.users, asked, strict=True):
            decision_id = self._cued(moment, user)
            answer = _call_score(self.recommender, each)
            if answer.decision_id != decision_id:
                raise FaithfulError(f"the service made decision {answer.decision_id}, by its script {decision_id}")
            if answer.degraded:
                raise FaithfulError(f"the state of {user.user_id} could not be read in time; is the machine very busy?")
            answers.append(answer)
        return answers

    def rewarded(
        self, moment: Moment, asked: Sequence[Question], answers: Sequence[ScoreResponse], reactions: Reactions
    ) -> None:
        """Tell what each user did."""
        for user, each, answer in zip(self.users, asked, answers, strict=True):
            self._cued(moment, user)
            reaction = named(int(reactions.reaction[user.place]))
            told = _call_reward(self.recommender, each, answer, reaction, self.by)
            user.reacts(moment, reactions)
            if told.n != moment.number + 1:
                raise FaithfulError(f"{user.user_id} has {told.n} rewards after {moment.number + 1}: not new here?")

    def learned(self) -> tuple[Ints, dict[str, Floats]]:
        """Return how many rewards were learned, (U,), and the weights by feature name, each (U,)."""
        policy, client = self.recommender.policy or "", self.recommender.client
        stats = [client.stats(user.user_id, policy).policies[policy] for user in self.users]
        thetas = [each.theta or {} for each in stats]
        weights = {name: np.array([theta[name] for theta in thetas]) for name in thetas[0]}
        return np.array([each.n for each in stats]), weights

    def _cued(self, moment: Moment, user: _User) -> UUID:
        decision_id = UUID(bytes=moment.ids[user.place].tobytes())
        self.stage.cue(decision_id)
        return decision_id


def play(
    cohort: Cohort, policy: str, stage: Stage, *, by: By = "token", watch: Callable[[int], None] = lambda _: None
) -> Transcript:
    """Let one policy of the service play a cohort, whose users must be new to it.

    Args:
        cohort: who; each user lives through all of it in order.
        policy: key of a policy the service knows.
        stage: where.
        by: how rewards name their decisions.
        watch: is told how many rounds are over, after each.

    Raises:
        FaithfulError: if an answer was not that of this run.
        TipbanditClientError: if the service did not answer as it should.
    """
    client = Client(stage.url, timeouts=_PATIENT)
    nobody = Shadows(partial(scored, client), LogSink())
    with Recommender(client, nobody, policy=policy) as recommender:
        run = _Run(recommender, stage, _users(cohort), by)
        mind, steps = cohort.mind(), []
        for number in range(cohort.rounds):
            moment = cohort.moment(number)
            asked = [user.asks(moment) for user in run.users]
            answers = run.decided(moment, asked)
            shown = np.array([int(answer.tip_id) for answer in answers])
            reactions = mind.react(moment, mind.appeal(moment), shown)
            run.rewarded(moment, asked, answers, reactions)
            steps.append(_step(answers, shown, reactions))
            watch(number + 1)
        return Transcript.of(steps, *run.learned())


def _call_score(recommender: Recommender, asked: Question) -> ScoreResponse:
    """Have a tip chosen; the recommender keeps the profile from policies that use none."""
    return recommender.choose(asked.user_id, asked.context, asked.candidates, profile=asked.profile_features)


def _call_reward(
    recommender: Recommender, asked: Question, answer: ScoreResponse, reaction: Reaction, by: By
) -> RewardResponse:
    """Tell the reaction. The token carries the profile of its decision; without it the profile is sent once more."""
    if by == "token":
        return recommender.react(answer.decision, reaction)
    request = RewardRequest(
        decision_id=answer.decision_id,
        user_id=asked.user_id,
        context=asked.context,
        candidate=asked.candidates[int(answer.tip_id)],
        profile_features=asked.profile_features,
        reaction=reaction,
    )
    return recommender.client.reward(request, recommender.policy)


def _users(cohort: Cohort) -> list[_User]:
    persona = cohort.persona
    name = f"{persona.name}-{cohort.seed}-{cohort.block}"
    users = [_User(place, f"{name}-{place}", persona.has_profile) for place in range(cohort.setting.users)]
    for past in cohort.past():
        for user in users:
            user.reacts(past.moment, past.reactions)
    return users


def _step(answers: Sequence[ScoreResponse], shown: Ints, reactions: Reactions) -> Step:
    propensities = np.empty((len(answers[0].ranking), len(answers)))
    for user, answer in enumerate(answers):
        for row in answer.ranking:
            propensities[int(row.tip_id), user] = row.propensity
    return Step(
        ids=np.array([list(answer.decision_id.bytes) for answer in answers], dtype=np.uint8),
        shown=shown,
        propensity=np.array([answer.propensity for answer in answers]),
        propensities=propensities,
        reactions=reactions,
    )
