"""The prose at the top of the API description; every number in it comes from the code."""

from typing import Final

from codegen.generation import shipped
from tipbandit.contracts.fields import MAX_CANDIDATES
from tipbandit.contracts.generate import MAX_TIPS
from tipbandit.contracts.signals import MAX_NOTE_CHARS, MAX_NOTES, MAX_REACTIONS, MAX_TASKS, MAX_TITLE_CHARS
from tipbandit.contracts.tip import MAX_TEXT_CHARS
from tipbandit.ids import IDENTIFIER_PATTERN
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import DEFAULT_KEY, DEFAULT_VERSION, POLICIES
from tipbandit.prompts.prompt import load
from tipbandit.rewards import REWARD_BY_REACTION
from tipbandit.runtime.http import MAX_BODY_BYTES
from tipbandit.usecases.learning import MAX_REMEMBERED


def policies() -> str:
    """Return the table of registered policies."""
    rows = [f"| `{policy.key}` | `{policy.feature_set.name}` | {_shows(policy)} |" for policy in POLICIES.values()]
    return "\n".join(["| policy | features | what it shows |", "|---|---|---|", *rows, ""])


def prompts() -> str:
    """Return the table of the prompt versions that ship."""
    templates = [load(version, raw).template for version, raw in shipped().items()]
    rows = [f"| `{each.version}` | {each.output_schema.max_chars} | {each.note} |" for each in templates]
    return "\n".join(["| prompt version | characters of a tip | what it tries |", "|---|---|---|", *rows, ""])


def reactions() -> str:
    """Return the table of reactions."""
    rows = [f"| `{reaction}` | {reward:g} |" for reaction, reward in REWARD_BY_REACTION.items()]
    return "\n".join(["| reaction | reward |", "|---|---|", *rows, ""])


def limits() -> str:
    """Return the list of limits."""
    lines = (
        f"1 to {MAX_TIPS} tips an answer, each of at most {MAX_TEXT_CHARS} characters",
        f"signals: at most {MAX_TASKS} open tasks, their titles of 1 to {MAX_TITLE_CHARS} characters",
        f"signals: at most {MAX_REACTIONS} reactions, their texts of 1 to {MAX_TEXT_CHARS} characters",
        f"signals: at most {MAX_NOTES} notes of 1 to {MAX_NOTE_CHARS} characters",
        f"1 to {MAX_CANDIDATES} candidates, each with a `tip_id` of its own",
        f"identifiers match `{IDENTIFIER_PATTERN}`",
        f"a body has at most {MAX_BODY_BYTES // 1024} KiB",
        "numbers are numbers: no strings, no booleans, no NaN or Infinity; unknown fields are refused; null is absent",
        f"a user can have {MAX_REMEMBERED} rewards per policy within the reward window (7 days, unless configured)",
    )
    return "".join(f"- {line}\n" for line in lines)


def _shows(policy: Policy) -> str:
    best = "the highest predicted reward"
    if policy.alpha is not None:
        best = f"the highest upper confidence bound (alpha {policy.alpha:g})"
    if policy.square_gamma is not None:
        best = f"each the likelier, the closer to {best} (inverse gap weighting, gamma {policy.square_gamma:g} sqrt(n))"
    shown = f"{best}; with probability {policy.epsilon:g} a uniformly random candidate"
    return shown if policy.discount == 1 else f"{shown}; each reward weighs {policy.discount:g} of the next"


TEXT: Final = f"""\
Bring tips of your own, or ask `/generate` to write some for a user's moment. Ask `/score` which tip to show, show it,
and tell `/reward` how the user took it. Each user has a model of their own for each policy, learned from nothing but
these rewards.

A path that names no policy means `{DEFAULT_KEY}`; one that names no version means `{DEFAULT_VERSION}`.

{policies()}
A reaction stands for a reward:

{reactions()}
Limits:

{limits()}
Every error a function answers has one shape, `{{"error": {{"code", "message", "details"?}}}}`: branch on `code`.
Errors of API Gateway itself (authorisation, throttling) have only a `message`.
"""
