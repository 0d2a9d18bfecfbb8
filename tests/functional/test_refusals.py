"""The table of errors: every error that can leave a use case has its answer, in the one shape."""

import inspect
from typing import Final, get_args

import pytest

from tipbandit import errors
from tipbandit.contracts.error import Code, ErrorResponse
from tipbandit.errors import TipbanditError, Violation
from tipbandit.runtime.refusals import RETRY_AFTER_S, STATUS, classify, refuse

TREE: Final = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, TipbanditError)]
LEAVES: Final = [each for each in TREE if not each.__subclasses__()]
NEVER_LEAVES_A_USE_CASE: Final = {
    errors.ConflictError,
    errors.PriorUnusableError,
    errors.PromptExistsError,
    errors.SettingsError,
    errors.UnknownKeyError,
}


def made(kind: type[TipbanditError]) -> TipbanditError:
    if kind is errors.InvalidFieldsError:
        return errors.InvalidFieldsError([Violation("user_id", "is wrong")])
    if kind is errors.InvalidPromptError:
        return errors.InvalidPromptError("v1", ["user: count is no field of the context"])
    if kind is errors.PriorUnusableError:
        return errors.PriorUnusableError("v1", ["there is none of that name"])
    if kind is errors.TokenCeilingError:
        return errors.TokenCeilingError("what happened", retry_after_s=int(RETRY_AFTER_S[429]))
    return kind("what happened")


@pytest.mark.parametrize("kind", [each for each in LEAVES if each not in NEVER_LEAVES_A_USE_CASE])
def test_an_error_that_can_leave_a_use_case_has_exactly_one_row(kind: type[TipbanditError]) -> None:
    assert len([each for each in kind.__mro__ if each in STATUS]) == 1


@pytest.mark.parametrize("kind", sorted(NEVER_LEAVES_A_USE_CASE, key=str))
def test_an_error_that_never_leaves_one_has_none(kind: type[TipbanditError]) -> None:
    assert classify(made(kind)) == (500, "internal")


def test_no_row_is_for_an_error_that_is_gone() -> None:
    assert set(STATUS) <= set(TREE)


def test_every_code_of_the_contract_has_its_row_and_no_row_another_s() -> None:
    codes = [code for _, code in STATUS.values()]

    assert sorted([*codes, "internal"]) == sorted(get_args(Code))


@pytest.mark.parametrize("kind", [each for each in LEAVES if each is not errors.SettingsError])
def test_every_refusal_has_the_one_shape(kind: type[TipbanditError]) -> None:
    answer = refuse(made(kind))
    error = ErrorResponse.model_validate_json(answer["body"]).error

    assert (answer["statusCode"], error.code) == classify(made(kind))
    assert error.message
    assert (error.details is not None) == (error.code == "invalid_fields")
    assert answer["headers"].get("retry-after") == RETRY_AFTER_S.get(answer["statusCode"])


def test_an_error_that_is_not_ours_is_internal_and_keeps_its_words() -> None:
    answer = refuse(RuntimeError("the user said hello"))

    assert answer["statusCode"] == 500
    assert ErrorResponse.model_validate_json(answer["body"]).error.code == "internal"
    assert "hello" not in answer["body"]
