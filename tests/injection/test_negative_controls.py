"""The checks of this folder, given what they are there to find: each must be seen to fail."""

from collections.abc import Callable

import pytest

from tests.injection.adversaries import ADVERSARIES
from tests.injection.checks import assert_is_only_data, assert_log_has_no_text, assert_may_be_shown
from tests.injection.corpus import USER, Hostile, corpus, request
from tests.injection.doubles import BITES, DOUBLES, evaluating
from tests.injection.world import PROMPTS, World
from tipbandit.context.data import cleaned
from tipbandit.prompts.prompt import Prompt
from tipbandit.tips import reading

CORPUS = corpus()
VERSION = "v1"


def message(hostile: Hostile, prompt: Prompt) -> str:
    world = World(prompts={VERSION: prompt})
    world.generate(request(*hostile.parts, version=VERSION))
    return world.model.asked[0].turns[0].text


def fails(check: Callable[[], None]) -> bool:
    try:
        check()
    except (AssertionError, ValueError):
        return True
    return False


def escapes(hostile: Hostile, prompt: Prompt) -> bool:
    """Whether the check says that a hostile text is more than data."""
    quiet = message(hostile.harmless(), prompt)
    return fails(lambda: assert_is_only_data(message(hostile, prompt), quiet, hostile))


@pytest.mark.parametrize("double", DOUBLES)
def test_a_renderer_that_quotes_badly_is_seen_with_every_text_that_it_goes_wrong_with(double: str) -> None:
    prompt, bites = DOUBLES[double](PROMPTS[VERSION]), BITES[double]
    bitten = {
        name
        for name, hostile in CORPUS.items()
        if not bites or any(bites & set(cleaned(part.text)) for part in hostile.parts)
    }

    assert len(bitten) >= 5
    assert bitten <= {name for name, hostile in CORPUS.items() if escapes(hostile, prompt)}


def test_the_renderer_that_ships_is_not_seen() -> None:
    assert not any(escapes(hostile, PROMPTS[VERSION]) for hostile in CORPUS.values())


def test_a_renderer_that_evaluates_texts_is_seen() -> None:
    hostile = CORPUS["template syntax: Jinja sum"]

    assert "49" in message(hostile, evaluating(PROMPTS[VERSION]))
    assert escapes(hostile, evaluating(PROMPTS[VERSION]))


@pytest.mark.parametrize("kind", ["links", "addresses", "markup", "hidden characters"])
def test_a_reader_without_rules_is_seen(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given, world = request(version=VERSION, n=10), World(ADVERSARIES[f"answers {kind}"])
    monkeypatch.setattr(reading, "faults", lambda _: [])
    answer = world.generate(given)

    with pytest.raises(AssertionError):
        assert_may_be_shown(answer, given, PROMPTS[VERSION])


def test_a_reader_that_takes_the_model_s_ids_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    given, world = request(version=VERSION), World(ADVERSARIES["forges ids and versions"])
    monkeypatch.setattr(reading, "tip_id", lambda _version, _text: "admin")
    answer = world.generate(given)

    with pytest.raises(AssertionError):
        assert_may_be_shown(answer, given, PROMPTS[VERSION])


def test_another_version_than_the_one_asked_for_is_seen() -> None:
    given = request(version=VERSION)
    answer = World().generate(given)

    with pytest.raises(AssertionError):
        assert_may_be_shown(answer, given, PROMPTS["v2"])


def test_more_tips_than_asked_for_are_seen() -> None:
    answer = World(ADVERSARIES["answers a thousand tips"]).generate(request(version=VERSION, n=3))

    with pytest.raises(AssertionError):
        assert_may_be_shown(answer, request(version=VERSION, n=2), PROMPTS[VERSION])


@pytest.mark.parametrize("where", ["event", "warning", "warning's subject"])
def test_a_text_in_the_log_is_seen(where: str) -> None:
    world = World(ADVERSARIES["is silent"])
    answer, text = world.generate(request(version=VERSION)), "Pay the rent"
    assert_log_has_no_text(world.telemetry, answer, USER)
    telemetry = world.telemetry
    if where == "event":
        telemetry.events[0] = telemetry.events[0].model_copy(update={"model": text})
    elif where == "warning":
        telemetry.said.append(f"no such tip: {text}")
    else:
        telemetry.about.append(text)

    with pytest.raises(AssertionError):
        assert_log_has_no_text(telemetry, answer, USER)
