"""The cards of versions, with what happened to them since they were made."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tipbandit_lab.cards.card import loads
from tipbandit_lab.cards.page import html, markdown
from tipbandit_lab.registry.rollout import about, history
from tipbandit_lab.registry.versions import Version, read, versions

if TYPE_CHECKING:
    from mlflow import MlflowClient

CARD: Final = "card.json"


def pages(client: "MlflowClient", version: Version) -> Mapping[str, str]:
    """Return a version's card as Markdown and HTML, by the names of their files."""
    card = loads(read(client, version, CARD))
    happened = about(version, history(versions(client)))
    return {"card.md": markdown(card, happened), "card.html": html(card, happened)}


def renew(client: "MlflowClient") -> None:
    """Write the cards of all versions that anything happened to."""
    found = versions(client)
    events = history(found)
    for version in found:
        if about(version, events):
            with tempfile.TemporaryDirectory() as place:
                for name, text in pages(client, version).items():
                    (Path(place) / name).write_text(text, encoding="utf-8")
                client.log_artifacts(version.run_id, place)
