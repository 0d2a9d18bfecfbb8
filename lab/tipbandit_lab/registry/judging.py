"""Whether a version may be promoted: what its own records say against it."""

from collections.abc import Iterator

from tipbandit_lab.registry.versions import Version


def against(version: Version, serving: Version | None) -> tuple[str, ...]:
    """Return every reason why a version may not be promoted, each a sentence without its full stop.

    Args:
        version: that may serve.
        serving: who serves now; None: nobody of the registry was promoted yet.
    """
    return tuple(_against(version, serving))


def _against(version: Version, serving: Version | None) -> Iterator[str]:
    said = version.tags
    if said.get("gate") != "promote":
        yield f"the gate says {said.get('gate', 'nothing')} (on logged data: {said.get('logged', 'nothing')})"
    if serving is not None and said.get("incumbent") != serving.policy:
        yield f"it was compared with {said.get('incumbent', 'nobody')}, and {serving.name} serves"
    if serving is not None and said.get("incumbent_prior", "") != (serving.prior or ""):
        compared, serves = said.get("incumbent_prior") or "none", serving.prior or "none"
        yield f"it was compared with the prior {compared}, and {serves} serves"
