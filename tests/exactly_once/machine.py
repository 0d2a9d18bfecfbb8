"""Every order of events that Hypothesis can think of, over the small world."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.exactly_once import agreement, draws
from tests.exactly_once.draws import Rival
from tests.exactly_once.reference import Made, Reading
from tests.exactly_once.verdicts import SKEW_MS, WINDOW_MS
from tests.exactly_once.world import CALM, Trouble, World
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures


class Machine(RuleBasedStateMachine):
    """Decisions, rewards, resets, time and trouble in any order; ``world`` makes the world it happens in."""

    world: ClassVar[Callable[[], World]] = World

    def __init__(self) -> None:
        super().__init__()
        self.it = type(self).world()
        self._checked: dict[str, object] = {}

    @initialize(policy=draws.policies)
    def begin(self, policy: str) -> None:
        """Make a first decision."""
        self.it.score("ann", policy)

    @rule(
        user=draws.users,
        policy=draws.policies,
        context=draws.contexts,
        shown=draws.candidates,
        profile=draws.profiles,
        reading=draws.readings,
        skew=draws.skews,
    )
    def score(  # noqa: PLR0913  one argument a draw
        self,
        *,
        user: str,
        policy: str,
        context: Context,
        shown: Sequence[Candidate],
        profile: ProfileFeatures | None,
        reading: Reading,
        skew: int,
    ) -> None:
        """Make a decision."""
        self.it.score(user, policy, context=context, tips=shown, profile=profile, reading=reading, skew_ms=skew)

    @rule(back=draws.backs, r=draws.rewards, by_token=st.booleans(), skew=draws.skews)
    def reward(self, back: int, r: float, *, by_token: bool, skew: int) -> None:
        """Reward a decision, perhaps again and otherwise, and all goes well."""
        self.it.reward(self._made(back), r, by_token=by_token, skew_ms=skew)

    @rule(
        back=draws.backs,
        r=draws.rewards,
        by_token=st.booleans(),
        skew=draws.skews,
        trouble=draws.troubles,
        rivals=draws.rivals,
    )
    def reward_in_trouble(  # noqa: PLR0913  one argument a draw
        self, *, back: int, r: float, by_token: bool, skew: int, trouble: Trouble, rivals: Sequence[Rival]
    ) -> None:
        """Reward a decision while things go wrong and others act."""
        made = self._made(back)
        self.it.reward(made, r, by_token=by_token, skew_ms=skew, trouble=self._with(rivals, made, trouble))

    @rule(back=draws.backs, skew=draws.skews, trouble=st.just(CALM) | draws.troubles, rivals=draws.rivals)
    def reset(self, back: int, skew: int, trouble: Trouble, rivals: Sequence[Rival]) -> None:
        """Reset the user of a decision; things may go wrong, and others act."""
        made = self._made(back)
        self.it.reset(made.user_id, skew_ms=skew, trouble=self._with(rivals, made, trouble))

    @rule(ms=draws.pauses_ms, landing=st.booleans())
    def pass_time(self, ms: int, *, landing: bool) -> None:
        """Let some time pass; late writes may arrive."""
        self.it.pass_time(ms)
        if landing:
            self.it.disk.land()

    @rule(edge=draws.edges, off_by_ms=draws.around_ms, expiring=st.booleans())
    def pass_time_to_an_edge(self, edge: int, off_by_ms: int, *, expiring: bool) -> None:
        """Let time pass to where something changes: a window closes, a tombstone expires, a reset is past all doubt."""
        edges = [made.made_at_ms + WINDOW_MS for made in self.it.decisions]
        edges += [*self.it.stored.expiries.values(), *(ms + SKEW_MS for ms in self.it.books.last_reset_ms.values())]
        ahead = sorted(pause for at in edges if (pause := at + off_by_ms - self.it.clock.ms) > 0)
        if ahead:
            self.it.pass_time(ahead[edge % len(ahead)])
        if expiring:
            self.it.expire()

    def _made(self, back: int) -> Made:
        return self.it.decisions[-1 - back % len(self.it.decisions)]

    def _with(self, rivals: Sequence[Rival], made: Made, trouble: Trouble) -> Trouble:
        return replace(trouble, meanwhile=tuple(partial(self._act, made, *rival) for rival in rivals))

    def _act(self, made: Made, act: str, back: int, r: float) -> None:
        match act:
            case "the same reward":
                self.it.reward(made, r)
            case "a reward":
                self.it.reward(self._made(back), r)
            case "a reset":
                self.it.reset(made.user_id)
            case "expiry":
                self.it.expire()
            case _:
                self.it.disk.land()

    @invariant()
    def the_states_are_what_was_taught(self) -> None:
        """Every state is the batch sum over all that was taught since the last reset, and /stats says so."""
        for user_id in ("ann", "ben"):
            now = (self.it.stored.read_all(user_id), self.it.books.reference.events)
            if self._checked.get(user_id) != now:
                agreement.check(self.it, user_id)
                self._checked[user_id] = now
