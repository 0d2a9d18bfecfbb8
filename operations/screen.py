"""Towards the terminal: what is stored about a user, an item a line."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from local.prompts.screen import say
from operations.inspection import Finding, findings


def show(console: Console, items: Sequence[dict[str, Any]]) -> None:
    """Print what each item is; what was learned itself stays out."""
    if not items:
        console.print("nothing is stored about this user")
    for finding in findings(list(items)):
        say(console, f"{finding.kind}: {'; '.join(_details(finding))}")


def _details(finding: Finding) -> list[str]:
    details = {
        "n": finding.n,
        "remembered": finding.remembered,
        "ver": finding.ver,
        "bytes": finding.size,
        "written": finding.updated,
        "last reset": finding.epoch,
        "vanishes": finding.expires,
    }
    return [finding.condition, *(f"{name} {_text(it)}" for name, it in details.items() if it is not None)]


def _text(detail: int | datetime) -> str:
    return f"{detail:%Y-%m-%d %H:%M:%SZ}" if isinstance(detail, datetime) else str(detail)
