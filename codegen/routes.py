"""The routes: what each takes and answers, and with which codes it refuses.

That a code occurs on a route is shown by ``refusals``, which provokes every one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tipbandit.contracts.error import Code
from tipbandit.contracts.fields import Wire
from tipbandit.contracts.generate import GenerateRequest, GenerateResponse
from tipbandit.contracts.reset import ResetRequest, ResetResponse
from tipbandit.contracts.reward import RewardRequest, RewardResponse
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.contracts.stats import StatsRequest, StatsResponse
from tipbandit.runtime.refusals import STATUS


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One function and the paths that lead to it.

    Attributes:
        name: of the function, and the first part of its paths.
        method: GET or POST.
        paths: all its paths, the shortest first.
        request: the model of the body (POST) or of the query string (GET).
        response: the model of the answer.
        codes: every error code it answers with, by status; ``unknown_policy`` only where the path names a policy.
        summary: what it is for, in a few words.
        description: what a caller must know.
    """

    name: str
    method: Literal["get", "post"]
    paths: tuple[str, ...]
    request: type[Wire]
    response: type[Wire]
    codes: tuple[Code, ...]
    summary: str
    description: str


def _by_policy(name: str) -> tuple[str, ...]:
    return f"/{name}", f"/{name}/{{policy}}", f"/{name}/{{policy}}/{{version}}"


ROUTES: Final = (
    Route(
        name="generate",
        method="post",
        paths=("/generate",),
        request=GenerateRequest,
        response=GenerateResponse,
        codes=(
            "malformed_body", "forbidden", "unknown_prompt", "payload_too_large", "invalid_fields", "token_ceiling",
            "internal", "prompt_invalid", "unavailable",
        ),
        summary="Write tips for a moment",
        description=(
            "Has a language model write tips for this moment of this user, and checks them: none has a link, an "
            "address, markup or a control character, and none occurs twice.\n\n"
            "`signals` is what is known of the moment; every part may be absent. It goes into the prompt, the most "
            "pressing first, until its room is used up; a list is never refused for being too long for the prompt. "
            "The texts in it are data, whoever wrote them: they stand in quotes, and the model is told to follow "
            "none of them. No text of a request or of a tip is logged.\n\n"
            "`prompt_version` chooses the prompt; where it is absent the service's own choice is used, `v1` unless "
            "configured. The answer says which it was.\n\n"
            "If no language model gives a usable answer, rules write the tips, in English, and the answer says "
            "`degraded: true`; with `fallback: false` it is refused with `unavailable` instead. `usage` is what the "
            "model took, a repair of its answer included, and counts towards a ceiling for each user and day (UTC).\n\n"
            "To let `/score` choose among tips, send it each one's `tip_id`, `priority`, `due_in_hours` and "
            "`prompt_version` as a candidate, and neither `text` nor `kind`. As time passes give each its `age_hours`, "
            "and take them off `due_in_hours`."
        ),
    ),
    Route(
        name="score",
        method="post",
        paths=_by_policy("score"),
        request=ScoreRequest,
        response=ScoreResponse,
        codes=("malformed_body", "unknown_policy", "payload_too_large", "invalid_fields", "internal", "unavailable"),
        summary="Choose a tip",
        description=(
            "Chooses which of the candidates to show this user now, and says with which probability each of them was "
            "to be shown. Writes nothing. Keep the `decision` token and send it back with the reward.\n\n"
            "If what was learned about the user cannot be read in time, the answer comes from the cold prior and says "
            "`degraded: true`; its propensities are true all the same."
        ),
    ),
    Route(
        name="reward",
        method="post",
        paths=_by_policy("reward"),
        request=RewardRequest,
        response=RewardResponse,
        codes=(
            "malformed_body", "forbidden", "unknown_policy", "decision_before_reset", "decision_expired",
            "payload_too_large", "invalid_fields", "too_many_rewards", "internal", "state_corrupt", "outcome_unknown",
            "unavailable",
        ),
        summary="Say how a decision turned out",
        description=(
            "Teaches the policy that decided, exactly once: sending the same reward again is always safe and is "
            "answered with `applied: false`.\n\n"
            "Send the `decision` token, or, where it was lost, `decision_id`, `user_id`, `context`, `candidate` and "
            "`profile_features` as they were; and either a `reward` in [-1, 1] or a `reaction`. The token knows its "
            "policy; a path that names another is refused. Without the token the path names the policy."
        ),
    ),
    Route(
        name="stats",
        method="get",
        paths=_by_policy("stats"),
        request=StatsRequest,
        response=StatsResponse,
        codes=("forbidden", "unknown_policy", "invalid_fields", "internal", "state_corrupt", "unavailable"),
        summary="Show what was learned about a user",
        description="The statistics of the policy the path names; of every registered policy where it names none.",
    ),
    Route(
        name="reset",
        method="post",
        paths=("/reset",),
        request=ResetRequest,
        response=ResetResponse,
        codes=(
            "malformed_body", "forbidden", "payload_too_large", "invalid_fields", "internal", "state_corrupt",
            "outcome_unknown", "unavailable",
        ),
        summary="Forget a user",
        description=(
            "Clears what every policy has learned about the user, all at once. A decision made before the reset can "
            "never teach what comes after it."
        ),
    ),
)  # fmt: skip

STATUS_BY_CODE: Final[Mapping[Code, int]] = {**{code: status for status, code in STATUS.values()}, "internal": 500}

MEANING: Final[Mapping[Code, str]] = {
    "malformed_body": "the body is not JSON",
    "forbidden": "the caller's web token is another user's or tenant's, or says of neither whose it is",
    "unknown_policy": "the path names a policy that is not registered; the message lists those that are",
    "unknown_prompt": "no prompt version of that name is published; the message lists those that are",
    "decision_before_reset": "the user was reset since, or the state was damaged and set aside; drop the reward",
    "decision_expired": "the decision is older than the reward window; drop the reward",
    "payload_too_large": "the body is larger than the service reads",
    "invalid_fields": "some fields are wrong; `details` names every one of them",
    "too_many_rewards": "the user has as many rewards within the reward window as can be remembered; try again later",
    "token_ceiling": "what is left of the user's tokens of the day does not suffice; the next day begins at 0:00 UTC",
    "prompt_invalid": "the prompt version cannot be used; the message names all that is wrong with it, for its author",
    "state_corrupt": "what is stored was not written by this version; nothing was changed, an operator must look",
    "unavailable": "a dependency failed and nothing was changed; try again",
    "outcome_unknown": "a dependency failed and the change may have been made; trying again is safe",
    "internal": "a bug; it has been logged",
}
