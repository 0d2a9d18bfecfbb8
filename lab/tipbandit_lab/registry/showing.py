"""What the registry holds, as tables."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tipbandit_lab.registry.rollout import about, history
from tipbandit_lab.registry.versions import Version

_SAID = ("gate", "logged", "made", "window")


def listed(found: Sequence[Version], console: Console) -> None:
    """Print all versions."""
    table = Table("version", "alias", "prior", "against", *_SAID)
    for each in found:
        said = (each.tags.get(name, "") for name in ("incumbent", *_SAID))
        table.add_row(each.name, ", ".join(each.aliases), each.prior or "none", *map(escape, said))
    console.print(table)


def shown(version: Version, files: Sequence[str], everyone: Sequence[Version], console: Console) -> None:
    """Print one version: what is said about it, its files, and what happened to it."""
    table = Table(
        show_header=False, title=f"{version.name}{' ' if version.aliases else ''}{', '.join(version.aliases)}"
    )
    for name, value in sorted(version.tags.items()):
        if not name.startswith("rollout."):
            table.add_row(name, escape(value))
    table.add_row("files", escape(", ".join(files)))
    console.print(table)
    for at, what, why in about(version, history(everyone)):
        console.print(escape(f"{at} {what}" + (f": {why}" if why else "")), highlight=False)
