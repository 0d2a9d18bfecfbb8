"""How much the property tests search: HYPOTHESIS_PROFILE chooses, as for the service's tests."""

import os

from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True, max_examples=50, print_blob=True)
settings.register_profile("deep", deadline=None, max_examples=2_000, print_blob=True)
settings.register_profile("deep-same", settings.get_profile("deep"), derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
