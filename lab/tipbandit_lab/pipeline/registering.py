"""The last step: a version in the registry, made at once when everything else is there."""

from collections.abc import Mapping
from typing import Any, Final

from tipbandit_lab.pipeline.keeping import MANIFEST, Kept
from tipbandit_lab.pipeline.options import Asked
from tipbandit_lab.registry.store import opened, uri_of
from tipbandit_lab.registry.versions import Submission, register

NAME: Final = "register"
NEEDED: Final = frozenset(
    {"card.json", "card.md", "card.html", "evaluation.json", "gate.json", "gate.html", "lineage.json"}
)


def registered(asked: Asked, done: Mapping[str, Kept]) -> tuple[str, bool]:
    """Register what the steps made, unless that was done before; return the version's name, and whether it is new.

    Raises:
        RunError: if the registry cannot be opened, or did not keep a file.
        ValueError: if a file is missing.
    """
    card = done["card"]
    there = {each.name for each in card.directory.iterdir()} - {MANIFEST}
    if missing := NEEDED - there:
        raise ValueError(f"nothing is registered, as files are missing: {', '.join(sorted(missing))}")
    said = tags(done)
    uri = uri_of(asked.registry)
    submission = Submission(
        policy=card.result["candidate"],
        run=card.key,
        files=card.directory,
        tags=said,
        challenger=said["challenger"] == "yes",
    )
    version, new = register(opened(uri), uri, submission)
    return version.name, new


def tags(done: Mapping[str, Kept]) -> dict[str, str]:
    """Return what is said about a version."""
    lake, found = done["ingest"].result["lineage"], done["evaluation"].result["evaluation"]
    record = done["gate"].result["record"]
    _, _, incumbent_prior = record["incumbent"].partition("@")
    said: dict[str, Any] = {
        "prior": done["prior"].result["version"] or "",
        "incumbent": record["incumbent"].partition("@")[0],
        "incumbent_prior": incumbent_prior,
        "gate": record["verdict"],
        "gate_fingerprint": record["fingerprint"],
        "look": record["look"]["number"],
        "logged": record["logged"]["outcome"],
        "challenger": "yes" if record["challenger"] else "no",
        "advantage_at_least": found["lower_bound"],
        "effective_size": found["effective_size"],
        "lake": lake["lake"],
        "lake_fingerprint": lake["fingerprint"],
        "arrivals": f"{lake['first']}..{lake['last']}",
        "window": f"{found['first_day']}..{found['last_day']}",
        "code_version": record["code_version"],
        "commit": record["config"]["commit"],
        "made": record["date"],
    }
    return {name: "" if value is None else str(value) for name, value in said.items()}
