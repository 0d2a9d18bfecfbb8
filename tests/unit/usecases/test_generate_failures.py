"""Where the model gives no usable answer: what was good in it, or rules, or the truth; and always in time."""

from typing import Final

import pytest

from tests.unit.askers import BUSY, CALL_S, GOOD, LOST, REFUSED, START_MS, WITHHELD, WITHIN_S, GeneratingUser
from tests.unit.generation import RICH, RICH_PROFILE, SHIPPED, answer, context, draft, question
from tipbandit.adapters.llm.template import TemplateModel
from tipbandit.contracts.generate import GenerateResponse, Usage
from tipbandit.errors import ModelUnavailableError, StoreUnavailableError, TokenCeilingError
from tipbandit.ports import Counter
from tipbandit.ports.generation import Completion
from tipbandit.prompts.prompt import Prompt
from tipbandit.usecases.asking import most_tokens

Line = str | Completion | Exception
_LINK: Final = draft("Go to evil.example")


def _texts(told: GenerateResponse) -> list[str]:
    return [tip.text for tip in told.tips]


@pytest.mark.parametrize(
    "said", ["Sorry.", "", answer(_LINK), answer(), '{"tips": [{"text": "\ud800"}]}', "[" * 70_000]
)
def test_where_nothing_may_be_shown_rules_write_the_tips(said: str) -> None:
    user = GeneratingUser(said)
    told = user.generate()
    assert (told.model, told.degraded, len(told.tips)) == ("template", True, 3)
    assert told.usage.input_tokens == 100 * len(user.model.asked)
    assert user.telemetry.warnings == ["tips_by_rules"]
    assert user.count(Counter.BY_RULES) == 1


@pytest.mark.parametrize("failure", [BUSY, LOST, REFUSED, WITHHELD])
def test_where_no_model_answers_rules_write_the_tips(failure: ModelUnavailableError) -> None:
    user = GeneratingUser(failure)
    told = user.generate(n=4)
    assert (told.model, told.degraded, told.dropped, len(told.tips)) == ("template", True, 0, 4)
    assert told.usage == Usage(input_tokens=0, output_tokens=0, cost_usd=None)
    assert user.event.calls == (3 if failure.passing else 1)
    assert (user.event.degraded, user.event.model) == (True, "template")


@pytest.mark.parametrize("line", [BUSY, LOST, REFUSED, WITHHELD, "Sorry.", answer(), answer(_LINK)])
def test_who_does_not_want_rules_is_told_that_there_is_no_answer(line: Line) -> None:
    user = GeneratingUser(line)
    with pytest.raises(ModelUnavailableError):
        user.generate(fallback=False)
    assert user.telemetry.events == []
    assert user.count(Counter.BY_RULES) == 0


def test_who_does_not_want_rules_takes_a_good_answer_all_the_same() -> None:
    assert GeneratingUser(GOOD).generate(fallback=False).degraded is False


def test_the_rules_are_not_called_degraded_where_they_are_what_was_asked_for() -> None:
    """The local default: the template is the model."""
    user = GeneratingUser(TemplateModel().complete(question(SHIPPED["v2"], context(RICH)), within_s=1.0))
    user.model.metered = False
    told = user.generate(fallback=False)
    assert (told.model, told.degraded, told.usage.cost_usd) == ("template", False, 0.0)


def test_over_the_ceiling_there_is_no_answer_by_rules_either() -> None:
    """18 hours before midnight UTC, and one second more to be in the new day."""
    user = GeneratingUser(ceiling=10, ms=START_MS - START_MS % 86_400_000 + 6 * 3_600_000)
    with pytest.raises(TokenCeilingError) as raised:
        user.generate()
    assert raised.value.retry_after_s == 18 * 3_600 + 1
    assert (user.model.asked, user.telemetry.events) == ([], [])
    assert user.count(Counter.CEILING) == 1


@pytest.mark.parametrize("fallback", [True, False])
def test_where_the_ledger_is_down_nothing_is_asked(fallback: bool) -> None:  # noqa: FBT001
    user = GeneratingUser()
    user.ledger.reserving = StoreUnavailableError("down")
    if fallback:
        assert user.generate().degraded
        assert (user.event.calls, user.event.usage.output_tokens) == (0, 0)
    else:
        with pytest.raises(StoreUnavailableError):
            user.generate(fallback=False)
    assert user.model.asked == []


def _room_for_one(prompt: Prompt) -> int:
    """A ceiling that leaves no room for a second question after the first."""
    return most_tokens(question(prompt, context(RICH, RICH_PROFILE))) + 100


@pytest.mark.parametrize("first", [answer(draft("Walk."), _LINK), answer(_LINK)])
def test_a_repair_over_the_ceiling_leaves_what_was_good_in_the_first_answer(first: str) -> None:
    user = GeneratingUser(first, GOOD, ceiling=_room_for_one(SHIPPED["v2"]))
    told = user.generate()
    assert (told.degraded, told.dropped, user.event.calls) == ("Walk." not in _texts(told), 1, 1)
    assert user.event.repaired is False
    assert user.telemetry.warnings[0] == "repair_failed"
    assert user.count(Counter.CEILING) == 1


@pytest.mark.parametrize("failure", [REFUSED, BUSY, LOST])
def test_a_repair_that_fails_leaves_what_was_good_in_the_first_answer(failure: ModelUnavailableError) -> None:
    user = GeneratingUser(answer(draft("Walk."), _LINK), failure)
    told = user.generate(fallback=False)
    assert (_texts(told), told.dropped, told.degraded, user.event.repaired) == (["Walk."], 1, False, False)
    assert told.usage.input_tokens == 100


def test_a_repair_without_time_for_it_is_not_asked_for() -> None:
    """Calls of 12 s within 25: two, and the third would have 1 s less a pause; a repair is the third."""
    user = GeneratingUser(LOST, answer(draft("Walk."), _LINK), takes_s=CALL_S)
    told = user.generate()
    assert _texts(told) == ["Walk."]
    assert user.clock.ms - START_MS <= WITHIN_S * 1000
    assert len(user.model.asked) <= 3


@pytest.mark.parametrize("takes_s", [0.0, 1.0, 5.0, 12.0, 60.0])
@pytest.mark.parametrize("line", [BUSY, LOST, answer(_LINK), "Sorry."])
def test_the_answer_is_there_in_time_whatever_the_model_does(line: Line, takes_s: float) -> None:
    user = GeneratingUser(line, takes_s=takes_s)
    told = user.generate()
    assert told.degraded
    assert user.clock.ms - START_MS <= WITHIN_S * 1000
    assert user.event.took_ms == user.clock.ms - START_MS
