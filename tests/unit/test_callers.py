"""Whom a caller may speak for, and the keys that keep tenants apart."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipbandit.callers import ANYONE, Caller
from tipbandit.errors import ForbiddenError
from tipbandit.ids import IDENTIFIER_PATTERN, TENANT_PATTERN, USER_KEY_PATTERN

users = st.from_regex(IDENTIFIER_PATTERN, fullmatch=True).filter(lambda text: not text.endswith("\n"))
tenants = st.none() | st.from_regex(TENANT_PATTERN, fullmatch=True).filter(lambda text: not text.endswith("\n"))


@given(tenants, tenants, users, users)
def test_two_users_share_a_key_only_if_they_are_one(a: str | None, b: str | None, ann: str, ben: str) -> None:
    keys = (Caller(tenant=a).key_of(ann), Caller(tenant=b).key_of(ben))
    assert (keys[0] == keys[1]) == ((a, ann) == (b, ben))
    assert all(re.fullmatch(USER_KEY_PATTERN, key) for key in keys)


@given(tenants, tenants, users, users)
def test_a_caller_may_have_what_was_decided_for_the_keys_it_has(
    a: str | None, b: str | None, ann: str, ben: str
) -> None:
    key, caller = Caller(tenant=a).key_of(ann), Caller(tenant=b, user=ben)
    if (a, ann) == (b, ben):
        caller.check(key)
    else:
        with pytest.raises(ForbiddenError):
            caller.check(key)
    Caller(tenant=a).check(key)


def test_a_user_may_not_speak_for_another() -> None:
    with pytest.raises(ForbiddenError):
        Caller(user="ann").key_of("ben")
    assert Caller(user="ann").key_of("ann") == "ann"


def test_anyone_speaks_for_everyone_but_tenants() -> None:
    assert ANYONE.key_of("ann") == "ann"
    ANYONE.check("ann")
    with pytest.raises(ForbiddenError):
        ANYONE.check("acme/ann")


@pytest.mark.parametrize("unfit", ["", " ", "a/b", "acme\n", "[a b]", "a" * 129, "\u00e4"])
def test_what_is_no_fit_identifier_binds_nobody(unfit: str) -> None:
    with pytest.raises(ForbiddenError):
        Caller(tenant=unfit)
    with pytest.raises(ForbiddenError):
        Caller(user=unfit)


def test_the_longest_tenant_and_user_fit_into_a_decision_token() -> None:
    assert len(Caller(tenant="t" * 64).key_of("u" * 128)) <= 255
