"""On whose behalf a request is made, as the authoriser vouches for it, and the key a user's things are kept under.

A caller may be bound to one tenant, to one user, to both or, as a recommender that asks for all its users is, to none.
What binds it comes from the authoriser alone. A body may name a user, which is checked; it cannot name a tenant: the
tenant stands in the key before a slash, which no identifier contains.
"""

import re
from dataclasses import dataclass
from typing import Final

from tipbandit.errors import ForbiddenError
from tipbandit.ids import IDENTIFIER_PATTERN, TENANT_PATTERN


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom the authoriser let in.

    Attributes:
        tenant: the tenant it belongs to; None where there are no tenants.
        user: the only user it may speak for; None where it speaks for all users of its tenant.

    Raises:
        ForbiddenError: if either is no fit identifier.
    """

    tenant: str | None = None
    user: str | None = None

    def __post_init__(self) -> None:
        for value, pattern in ((self.tenant, TENANT_PATTERN), (self.user, IDENTIFIER_PATTERN)):
            # fullmatch: in Python "$" also matches before a line break at the end.
            if value is not None and not re.fullmatch(pattern, value):
                raise ForbiddenError("what the authoriser says of the caller is no fit identifier")

    def key_of(self, user_id: str) -> str:
        """Return the key of a user that a request names.

        Raises:
            ForbiddenError: if the caller may not speak for that user.
        """
        if self.user is not None and user_id != self.user:
            raise ForbiddenError("the caller may speak for itself only")
        return user_id if self.tenant is None else f"{self.tenant}/{user_id}"

    def check(self, key: str) -> None:
        """Check that a key, which a decision was made for, is one of the caller's.

        Raises:
            ForbiddenError: if it is another tenant's or another user's.
        """
        tenant, slash, user_id = key.rpartition("/")
        if (tenant if slash else None) != self.tenant or self.user not in {None, user_id}:
            raise ForbiddenError("the decision was not made for this caller")


ANYONE: Final = Caller()
"""A caller that speaks for all users, where there are no tenants."""
