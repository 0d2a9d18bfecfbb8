"""The reference caller of tipbandit: a typed client, profile features, prompt rotation and shadow policies."""

from tipbandit_recommender.client import Client
from tipbandit_recommender.errors import TipbanditClientError
from tipbandit_recommender.profile import Shown, profile_features
from tipbandit_recommender.recommender import Recommender, candidate
from tipbandit_recommender.rotation import PromptRotation
from tipbandit_recommender.shadows import SHADOWS, Shadows

__all__ = [
    "SHADOWS",
    "Client",
    "PromptRotation",
    "Recommender",
    "Shadows",
    "Shown",
    "TipbanditClientError",
    "candidate",
    "profile_features",
]
