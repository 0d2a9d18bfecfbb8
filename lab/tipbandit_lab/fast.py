"""The fast run: all players side by side, all users of a cohort at once, without the service in between."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

from tipbandit_lab.histories import Histories
from tipbandit_lab.minds import Mind
from tipbandit_lab.moments import Moment, Reactions
from tipbandit_lab.players import Choices, Player, PlayerFactory, Seen
from tipbandit_lab.tally import Ledger, Tally
from tipbandit_lab.world import Cohort, Past

Watch = Callable[[str, Moment, Choices, Reactions], None]
"""Called with the player's name and what it did, after every step."""


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """A player and the users as it has made them: what it shows changes their minds and their histories.

    Attributes:
        player: who decides.
        mind: the users.
        histories: what the recommender knows of them; None where no profile is sent.
    """

    player: Player
    mind: Mind
    histories: Histories | None

    def play(self, moment: Moment) -> tuple[Choices, Reactions]:
        """Show a tip to every user and learn from what they do."""
        appeal = self.mind.appeal(moment)
        profiles = None if self.histories is None else self.histories.profiles(moment.at_ms)
        choices = self.player.choose(Seen(moment, profiles, appeal))
        reactions = self.mind.react(moment, appeal, choices.shown)
        self.player.learn(reactions.reward)
        if self.histories is not None:
            self.histories.add(moment, reactions)
        return choices, reactions


def play(cohort: Cohort, players: Mapping[str, PlayerFactory], watch: Watch | None = None) -> Tally:
    """Let every player decide for its own copy of the users, on the same moments with the same luck.

    Args:
        cohort: the users and what happens to them.
        players: by name; a player's result does not depend on who else plays.
        watch: sees every step.
    """
    seats = _seats(cohort, players)
    tally = Tally(cohort.persona.name, cohort.seed, cohort.block)
    for name, seat in seats.items():
        tally.ledgers[name] = Ledger(seat.player, cohort.setting.candidates)
    for number in range(cohort.rounds):
        moment = cohort.moment(number)
        for name, seat in seats.items():
            choices, reactions = seat.play(moment)
            tally.ledgers[name].add(choices, reactions)
            if watch is not None:
                watch(name, moment, choices, reactions)
        if (number + 1) % cohort.setting.moments_a_day == 0:
            for ledger in tally.ledgers.values():
                ledger.close_day()
    return tally


def _seats(cohort: Cohort, players: Mapping[str, PlayerFactory]) -> dict[str, Seat]:
    histories = _remembered(cohort.past(), cohort.setting.users)
    seats = {}
    for name, factory in players.items():
        player = factory(cohort.setting.users)
        profiled = player.uses_profile and cohort.persona.has_profile
        seats[name] = Seat(player, cohort.mind(), deepcopy(histories) if profiled else None)
    return seats


def _remembered(past: Sequence[Past], users: int) -> Histories:
    histories = Histories(users)
    for each in past:
        histories.add(each.moment, each.reactions)
    return histories
