"""``python -m tipbandit_lab registry``: what may serve, what does, and changing that."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tipbandit_lab.command_line import stdout
from tipbandit_lab.errors import RunError
from tipbandit_lab.registry.store import DEFAULT, HOME, opened, uri_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from tipbandit_lab.registry.versions import Version

_WIDTH: Final = 160
"""Of tables that go to a file or a pipe."""
SETTINGS: Final = HOME / "settings.json"

Uri = Annotated[
    str | None,
    typer.Option("--registry", metavar="URI", help="Of an MLflow server or database; else MLFLOW_TRACKING_URI."),
]
Wanted = Annotated[str, typer.Argument(metavar="VERSION", help="Such as linucb/v1:3; linucb/v1 is its challenger.")]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]
Settings = Annotated[Path, typer.Option(metavar="FILE", help="Where the setting is written that makes it serve.")]
Template = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write it into this template too: its line PRIORS.")
]

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def registry() -> None:
    """Say what may serve and what does, and change it."""


@app.command("list")
def list_versions(*, registry: Uri = None) -> None:
    """List all versions."""
    from tipbandit_lab.registry.rollout import settled  # noqa: PLC0415 - MLflow takes seconds to load
    from tipbandit_lab.registry.showing import listed  # noqa: PLC0415

    listed(settled(_client(registry)), stdout(_WIDTH))


@app.command()
def show(version: Wanted, *, registry: Uri = None) -> None:
    """Show one version: where it came from, what was measured, what happened to it."""
    from tipbandit_lab.registry.rollout import settled  # noqa: PLC0415
    from tipbandit_lab.registry.showing import shown  # noqa: PLC0415
    from tipbandit_lab.registry.versions import named  # noqa: PLC0415

    client = _client(registry)
    everyone, found = settled(client), named(client, version)
    shown(found, sorted(each.path for each in client.list_artifacts(found.run_id)), everyone, stdout(_WIDTH))


@app.command()
def promote(  # noqa: PLR0913 - a command's options
    version: Wanted,
    *,
    force: Annotated[bool, typer.Option("--force", help="Whatever its records say; needs --reason.")] = False,
    reason: Reason = "",
    settings: Settings = SETTINGS,
    template: Template = None,
    registry: Uri = None,
) -> None:
    """Let VERSION serve: refused unless its gate record says so."""
    from tipbandit_lab.registry import judging, rollout  # noqa: PLC0415
    from tipbandit_lab.registry.versions import named  # noqa: PLC0415

    if force and not reason.strip():
        raise RunError("--force needs --reason: the history keeps it")
    client = _client(registry)
    found = named(client, version)
    wrong = "; ".join(judging.against(found, rollout.champion(rollout.settled(client))))
    if wrong and not force:
        raise RunError(f"{found.name} is not promoted: {wrong}; --force --reason WHY does it all the same")
    event = rollout.promote(client, found, reason=reason.strip(), forced=wrong)
    _tell(client, found, f"{event.version} {event.action}", settings, template)


@app.command()
def rollback(
    *, reason: Reason = "", settings: Settings = SETTINGS, template: Template = None, registry: Uri = None
) -> None:
    """Let the version serve again that served before."""
    from tipbandit_lab.registry import rollout  # noqa: PLC0415
    from tipbandit_lab.registry.versions import named  # noqa: PLC0415

    client = _client(registry)
    event = rollout.rollback(client, reason=reason.strip())
    restored = None if event.version is None else named(client, event.version)
    what = f"{event.version or 'the service by itself'} restored instead of {event.instead}"
    _tell(client, restored, what, settings, template)


@app.command()
def card(
    version: Wanted,
    *,
    out: Annotated[Path | None, typer.Option(metavar="DIRECTORY", help="Write card.md and card.html here.")] = None,
    registry: Uri = None,
) -> None:
    """Print the model card of VERSION, with what happened to it since it was made."""
    from tipbandit_lab.registry.cards import pages  # noqa: PLC0415
    from tipbandit_lab.registry.versions import named  # noqa: PLC0415

    client = _client(registry)
    found = pages(client, named(client, version))
    if out is None:
        typer.echo(found["card.md"], nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in found.items():
        (out / name).write_text(text, encoding="utf-8")
        typer.echo(str(out / name), err=True)


def _tell(client: "MlflowClient", version: "Version | None", what: str, path: Path, template: Path | None) -> None:
    """Write the setting, renew the cards, and say what is to be run."""
    from tipbandit_lab.registry.cards import renew  # noqa: PLC0415
    from tipbandit_lab.registry.settings import setting, write, write_template  # noqa: PLC0415

    wanted = setting(version)
    write(path, wanted)
    renew(client)
    prior = None if version is None else version.prior
    typer.echo(f"{what}; callers ask {wanted.route}, new users start from {prior or 'the plain ridge'}")
    typer.echo(f"the setting is in {path}")
    if version is not None and prior:
        typer.echo(f"its prior must be in the stack's bucket first: prior publish, as priors/{prior}.json")
    if template is not None:
        write_template(template, wanted)
    where = "Globals of template.yaml" if template is None else f"{template}, changed; commit it"
    typer.echo(f"{wanted.line}    # {where}; then make build && sam deploy --config-env NAME")


def _client(uri: str | None) -> "MlflowClient":
    return opened(uri_of(uri))


__all__ = ["DEFAULT", "app"]
