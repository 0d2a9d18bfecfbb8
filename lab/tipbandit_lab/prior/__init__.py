"""The population prior: what all users of a lake taught, as where a new user starts."""

from pathlib import Path
from typing import Final

PRIORS: Final = Path(__file__).parents[2] / "priors"
"""Documents of the priors that were put before the gate."""
