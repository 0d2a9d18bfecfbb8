"""POST /generate."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from tipbandit.contracts.fields import Identifier, Wire
from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.contracts.signals import Signals
from tipbandit.contracts.tip import PromptVersion, Tip

MAX_TIPS: Final = 10
DEFAULT_TIPS: Final = 3


class GenerateRequest(Wire):
    """Write tips for this moment of this user."""

    user_id: Identifier
    """The caller's id of the user."""
    signals: Signals
    """What is known of the moment; may be empty."""
    profile_features: ProfileFeatures | None = None
    """What the recommender knows of the user."""
    prompt_version: PromptVersion | None = None
    """Which prompt to use; the service's default where absent."""
    n: Annotated[int, Field(ge=1, le=MAX_TIPS)] = DEFAULT_TIPS
    """How many tips."""
    fallback: bool = True
    """Whether tips written by rules will do when no language model answers; false asks for 503 instead."""


class Usage(Wire):
    """What the language model used, over all attempts."""

    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    """Null where the back end does not say."""


class GenerateResponse(Wire):
    """The tips, and what they were made with."""

    generation_id: UUID
    """Names this answer in the log; a UUIDv7, so it carries its time."""
    tips: tuple[Tip, ...]
    """At most as many as asked for; what broke the rules was dropped."""
    prompt_version: PromptVersion
    """The prompt version used."""
    prompt_hash: str
    """SHA-256 of the prompt as published."""
    model: str
    """The model that wrote them; "template" means rules, not a model."""
    degraded: bool
    """True when no language model gave a usable answer and rules wrote the tips instead."""
    dropped: int
    """Tips that broke the rules, also after the model was asked to repair them."""
    usage: Usage
