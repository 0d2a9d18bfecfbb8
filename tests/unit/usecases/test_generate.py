"""Tips for a moment: prompt, model, check, one repair; and what is told of it."""

from typing import Final

import pytest

from tests.unit.askers import BUSY, GOOD, REFUSED, GeneratingUser
from tests.unit.generation import RICH, RICH_PROFILE, SHIPPED, answer, context, draft, question
from tipbandit.contracts.generate import GenerateResponse, Usage
from tipbandit.contracts.generation_event import Considered, GeneratedTip, GenerationEvent
from tipbandit.errors import InvalidPromptError, UnknownPromptError
from tipbandit.ids import unix_ms_of
from tipbandit.ports import Counter
from tipbandit.ports.generation import Completion, Turn
from tipbandit.tips.reading import tip_id
from tipbandit.usecases.generate import MOST_PROBLEMS

Line = str | Completion | Exception
_LINK: Final = draft("Go to evil.example")
_MENDED: Final = answer(draft("Walk."), draft("Rest."), draft("Go home."))


def _texts(told: GenerateResponse) -> list[str]:
    return [tip.text for tip in told.tips]


@pytest.mark.parametrize(("asked_for", "used"), [(None, "v2"), ("v1", "v1"), ("v3", "v3"), ("v2", "v2")])
def test_the_prompt_is_the_one_asked_for_or_else_the_default(asked_for: str | None, used: str) -> None:
    user = GeneratingUser()
    told = user.generate(prompt_version=asked_for)
    assert (told.prompt_version, told.prompt_hash) == (used, SHIPPED[used].digest)
    assert {tip.prompt_version for tip in told.tips} == {used}
    assert user.model.asked == [question(SHIPPED[used], context(RICH, RICH_PROFILE))]


@pytest.mark.parametrize(
    ("version", "kind"), [("v9", UnknownPromptError), ("broken", InvalidPromptError), ("hasty", InvalidPromptError)]
)
def test_without_a_usable_prompt_nothing_is_asked_and_rules_do_not_stand_in(
    version: str, kind: type[Exception]
) -> None:
    user = GeneratingUser()
    with pytest.raises(kind):
        user.generate(prompt_version=version)
    assert (user.model.asked, user.ledger.reserved, user.telemetry.events) == ([], [], [])


def test_a_good_answer_is_returned_as_it_is() -> None:
    user = GeneratingUser(answer(draft("Walk.", due_in_hours=3), draft("Rest.", kind="break", priority=1)))
    told = user.generate()
    assert [(tip.text, tip.kind, tip.priority, tip.due_in_hours) for tip in told.tips] == [
        ("Walk.", "habit", 0.5, 3.0),
        ("Rest.", "break", 1.0, None),
    ]
    assert [tip.tip_id for tip in told.tips] == [tip_id("v2", "Walk."), tip_id("v2", "Rest.")]
    assert (told.model, told.degraded, told.dropped) == ("scripted", False, 0)
    assert told.usage == Usage(input_tokens=100, output_tokens=50, cost_usd=None)
    assert len(user.model.asked) == 1


@pytest.mark.parametrize("n", [1, 2, 10])
def test_no_more_tips_come_back_than_were_asked_for(n: int) -> None:
    told = GeneratingUser(answer(*(draft(f"Tip {number}") for number in range(20)))).generate(n=n)
    assert _texts(told) == [f"Tip {number}" for number in range(n)]
    assert told.dropped == 0


def test_fewer_tips_than_asked_for_are_no_reason_to_ask_again() -> None:
    user = GeneratingUser(answer(draft("Walk.")))
    assert _texts(user.generate(n=5)) == ["Walk."]
    assert len(user.model.asked) == 1


def test_what_was_wrong_is_told_to_the_model_once() -> None:
    first = answer(draft("Walk."), _LINK, draft("x" * 241), draft("Rest.", priority=7))
    user = GeneratingUser(first, _MENDED)
    told = user.generate()
    ask, repair = user.model.asked
    assert repair.turns == (
        *ask.turns,
        Turn("assistant", first),
        Turn(
            "user",
            "Your answer breaks these rules:\n"
            "- tips.1.text: must hold no links, host names or file names\n"
            "- tips.2.text: must have 1 to 240 characters\n"
            "- tips.3.priority: Input should be less than or equal to 1\n"
            "Answer again with all tips, mended: one JSON object as described above and nothing else.",
        ),
    )
    assert (repair.system, repair.sampling, repair.schema, repair.n) == (ask.system, ask.sampling, ask.schema, ask.n)
    assert _texts(told) == ["Walk.", "Rest.", "Go home."]
    assert (told.dropped, user.event.repaired, user.event.calls) == (0, True, 2)


def test_a_repair_that_is_no_better_is_not_repaired_again() -> None:
    user = GeneratingUser(answer(draft("Walk."), _LINK), answer(_LINK, _LINK), GOOD)
    told = user.generate()
    assert _texts(told) == ["Walk."]
    assert (told.dropped, told.degraded, len(user.model.asked)) == (2, False, 2)


def test_what_was_good_in_the_first_answer_fills_up_what_the_repair_lost() -> None:
    user = GeneratingUser(
        answer(draft("Walk."), draft("Rest."), _LINK), answer(draft("Read."), draft("REST", priority=0.9))
    )
    told = user.generate(n=4)
    assert [(tip.text, tip.priority) for tip in told.tips] == [("Read.", 0.5), ("REST", 0.9), ("Walk.", 0.5)]


def test_where_enough_tips_are_good_the_others_are_dropped_without_asking_again() -> None:
    user = GeneratingUser(answer(draft("Walk."), _LINK, draft("Rest."), draft("Read."), draft("Sing.")))
    told = user.generate(n=3)
    assert _texts(told) == ["Walk.", "Rest.", "Read."]
    assert (told.dropped, user.event.repaired, len(user.model.asked)) == (1, False, 1)


def test_of_very_many_problems_the_model_is_told_the_first_twenty() -> None:
    user = GeneratingUser(answer(*[_LINK] * 40), GOOD)
    user.generate()
    assert user.model.asked[1].turns[-1].text.count("\n- ") == MOST_PROBLEMS == 20


@pytest.mark.parametrize(("said", "turn"), [("", "(nothing)"), (" \n", "(nothing)"), ("Sorry! \n", "Sorry!")])
def test_an_answer_of_nothing_is_shown_to_the_model_as_nothing(said: str, turn: str) -> None:
    """Back ends refuse a turn that is blank."""
    user = GeneratingUser(said, GOOD)
    assert _texts(user.generate()) == ["Walk.", "Rest.", "Read."]
    assert user.model.asked[1].turns[1] == Turn("assistant", turn)


def test_usage_is_that_of_all_calls_together() -> None:
    priced = [Completion(answer(_LINK), "m", 10, 5, 0.25), Completion(GOOD, "m2", 30, 7, 0.5)]
    user = GeneratingUser(BUSY, *priced)
    told = user.generate()
    assert told.usage == Usage(input_tokens=40, output_tokens=12, cost_usd=0.75)
    assert (told.model, user.event.calls) == ("m2", 3)
    assert [user.count(each) for each in (Counter.INPUT_TOKENS, Counter.OUTPUT_TOKENS, Counter.COST_USD)] == [
        40,
        12,
        0.75,
    ]


def _repairing() -> GeneratingUser:
    """One good tip of two, twice, in two seconds each."""
    first, second = draft("Walk.", due_in_hours=3), draft("Rest.", kind="break")
    return GeneratingUser(answer(first, _LINK), answer(second, _LINK), takes_s=2.0)


def test_the_event_says_all_that_is_in_numbers() -> None:
    user = _repairing()
    told = user.generate(n=5)
    assert unix_ms_of(told.generation_id) == user.clock.ms
    assert user.event == GenerationEvent(
        generation_id=told.generation_id,
        user_id="u-1",
        prompt_version="v2",
        prompt_hash=SHIPPED["v2"].digest,
        model="scripted",
        n=5,
        tips=(
            GeneratedTip(tip_id=tip_id("v2", "Rest."), kind="break", priority=0.5, due_in_hours=None),
            GeneratedTip(tip_id=tip_id("v2", "Walk."), kind="habit", priority=0.5, due_in_hours=3.0),
        ),
        considered=Considered(tasks=3, tasks_left_out=0, reactions=2, reactions_left_out=0, notes=2, notes_left_out=0),
        usage=Usage(input_tokens=200, output_tokens=100, cost_usd=None),
        calls=2,
        repaired=True,
        dropped=1,
        degraded=False,
        took_ms=4_000,
    )


def test_the_same_numbers_are_counted() -> None:
    user = _repairing()
    user.generate(n=5)
    assert {counter: user.count(counter) for counter in Counter if user.count(counter)} == {
        Counter.INPUT_TOKENS: 200,
        Counter.OUTPUT_TOKENS: 100,
        Counter.DROPPED: 1,
        Counter.REPAIRED: 1,
    }


def test_what_there_was_no_room_for_is_in_the_event() -> None:
    user = GeneratingUser()
    user.generate(
        signals={
            "open_tasks": [{"title": "t" * 200}] * 200,
            "reactions": [{"reaction": "ignored", "text": "r" * 280}] * 50,
            "notes": ["n" * 1_000] * 20,
        }
    )
    considered = user.event.considered
    assert considered.tasks + considered.tasks_left_out == 200
    assert considered.reactions + considered.reactions_left_out == 50
    assert considered.notes + considered.notes_left_out == 20
    assert min(considered.model_dump().values()) > 0


@pytest.mark.parametrize(
    "script", [(GOOD,), (answer(_LINK), GOOD), ("Sorry, Walk.",), (BUSY,), (answer(draft("Walk."), _LINK), REFUSED)]
)
def test_no_text_of_the_user_or_of_a_tip_is_logged(script: tuple[Line, ...]) -> None:
    user = GeneratingUser(*script)
    told = user.generate()
    logged = user.event.model_dump_json() + " ".join(user.telemetry.said)
    for text in ("Pay the rent", "Water the plants", "Has a dog", "pt-BR", "evil", "Walk", "Sorry", *_texts(told)):
        assert text not in logged


def test_two_answers_have_two_ids_and_the_same_tips() -> None:
    user = GeneratingUser()
    first, second = user.generate(), user.generate()
    assert first.generation_id != second.generation_id
    assert first.tips == second.tips
