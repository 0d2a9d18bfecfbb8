"""How much the property tests search: HYPOTHESIS_PROFILE chooses.

``default`` tries the same examples on every run, so that CI is stable; ``deep`` hunts with new ones, and ``deep-same``
as long with the same ones.

What a machine tells the SDK of certificates and proxies is taken away for the whole run: Lambda tells its functions
nothing of the kind, and where it is set the service's clients would be the SDK's and not the ones that deploy.
"""

import os

from hypothesis import settings

for _name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
    os.environ.pop(_name, None)
    os.environ.pop(_name.lower(), None)

settings.register_profile("default", deadline=None, derandomize=True, max_examples=50, print_blob=True)
settings.register_profile("deep", deadline=None, max_examples=2_000, print_blob=True)
settings.register_profile("deep-same", settings.get_profile("deep"), derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
