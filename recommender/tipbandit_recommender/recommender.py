"""The caller's side in one piece: tips for a moment, one of them chosen and shown, the reaction told."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from types import TracebackType
from typing import Self

import httpx

from tipbandit.contracts.generate import DEFAULT_TIPS, GenerateRequest, GenerateResponse
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.contracts.reward import Reaction, RewardRequest, RewardResponse
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.contracts.signals import Signals
from tipbandit.contracts.tip import Tip
from tipbandit.policies.registry import DEFAULT_KEY, POLICIES
from tipbandit_recommender.client import Client
from tipbandit_recommender.rotation import PromptRotation
from tipbandit_recommender.settings import Settings
from tipbandit_recommender.shadows import Shadows


@dataclass(frozen=True, slots=True)
class Recommender:
    """Asks the service on behalf of users. May be shared by threads; close it, or use ``with``.

    Attributes:
        client: the service.
        shadows: the policies that are asked beside the real one, and never shown or rewarded.
        rotation: the prompt versions in use.
        policy: who decides; None leaves it to the service.
    """

    client: Client
    shadows: Shadows
    rotation: PromptRotation = field(default_factory=PromptRotation)
    policy: str | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, *, policy: str | None = None) -> Self:
        """Return a recommender as the environment says: see ``Settings``.

        Raises:
            ConfigurationError: naming every variable that is missing or wrong.
            ImportError: if something that is asked for is not installed.
            SigningError: if requests are to be signed and there are no credentials.
        """
        settings = Settings.from_env(environ)
        client = Client(settings.url, auth=_auth(settings))
        shadows = Shadows(partial(scored, client), settings.make_sink(), settings.shadows)
        return cls(client, shadows, settings.rotation, policy)

    def tips(
        self,
        user_id: str,
        signals: Signals,
        *,
        day: date,
        profile: ProfileFeatures | None = None,
        n: int = DEFAULT_TIPS,
    ) -> GenerateResponse:
        """Have tips written for a moment, by the user's prompt version of ``day``, the user's local date."""
        return self.client.generate(
            GenerateRequest(
                user_id=user_id,
                signals=signals,
                profile_features=profile,
                prompt_version=self.rotation.version(user_id, day),
                n=n,
            )
        )

    def choose(
        self,
        user_id: str,
        context: Context,
        candidates: Sequence[Candidate],
        *,
        profile: ProfileFeatures | None = None,
    ) -> ScoreResponse:
        """Have one of the candidates chosen; once that is answered, the enabled shadows are asked too."""
        request = ScoreRequest(user_id=user_id, context=context, candidates=list(candidates), profile_features=profile)
        answer = scored(self.client, request, self.policy)
        self.shadows.observe(request, answer)
        return answer

    def react(self, decision: str, reaction: Reaction) -> RewardResponse:
        """Tell how the user took what was shown, by the ``decision`` token that came with it; it counts once."""
        return self.client.reward(RewardRequest(decision=decision, reaction=reaction))

    def close(self, wait_s: float = 2.0) -> int:
        """Give the shadows ``wait_s`` seconds to finish, then close everything; return how many were not asked."""
        left = self.shadows.close(wait_s)
        self.client.close()
        return left

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def scored(client: Client, request: ScoreRequest, policy: str | None) -> ScoreResponse:
    """Have a policy score; the profile is sent along only to policies that learn from one."""
    known = POLICIES.get(policy or DEFAULT_KEY)
    if known is not None and not known.feature_set.uses_profile:
        request = request.model_copy(update={"profile_features": None})
    return client.score(request, policy)


def candidate(tip: Tip, *, age_hours: float = 0.0) -> Candidate:
    """Return a tip as a candidate, ``age_hours`` after it was written: so much closer is its due time."""
    due = None if tip.due_in_hours is None else tip.due_in_hours - age_hours
    return Candidate(
        tip_id=tip.tip_id,
        priority=tip.priority,
        due_in_hours=due,
        age_hours=age_hours,
        prompt_version=tip.prompt_version,
    )


def _auth(settings: Settings) -> httpx.Auth | None:
    if not settings.region:
        return None
    from tipbandit_recommender.signing import SigV4  # noqa: PLC0415  only who signs needs botocore

    return SigV4(settings.region)
