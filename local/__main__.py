"""``python -m local``: run the whole service on this machine until Ctrl-C."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from local.llm import BACKENDS
from local.options import Options, StartError
from local.service import Service, running
from local.session import Session, SessionError
from local.terminal import Steps, guarded


def _options(arguments: Sequence[str] | None) -> tuple[Options, bool]:
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="Run the whole service on this machine: the API of template.yaml, its functions, and an "
        "emulated DynamoDB, S3 and Secrets Manager. What is learned is kept between runs.",
        epilog="Nothing is sent to AWS: the functions get made-up credentials and the emulator's address.",
    )
    default = Options(port=3000)
    for name, kind, meaning in (
        ("port", _port, "port of the API; 0 takes a free one"),
        ("host", str, "address the API listens on, without asking for credentials"),
        ("template", _relative, "the SAM template"),
        ("state", _relative, "where state and logs are kept"),
        ("environments", _count, "most environments a function may have"),
        ("emulator_port", _port, "port of the emulator; 0 takes a free one"),
        ("emulator_host", str, "address the emulator listens on; 0.0.0.0 for `sam local invoke`"),
    ):
        value, flag = str(kind(str(getattr(default, name)))), f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=kind, default=value, metavar="X", help=f"{meaning} (%(default)s)")
    parser.add_argument(
        "--parameter", type=_pair, action="append", default=[], metavar="NAME=VALUE", help="a template parameter"
    )
    parser.add_argument("--llm", choices=BACKENDS, default=default.llm, help="who writes the tips (%(default)s)")
    parser.add_argument("--no-session", action="store_true", help="skip the short session at the start")
    given = vars(parser.parse_args(arguments))
    with_session = not given.pop("no_session")
    return Options(parameters=dict(given.pop("parameter")), **given), with_session


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 16:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("a parameter is NAME=VALUE")
    return name, value


def _relative(text: str) -> Path:
    """A path as seen from here, if it is below."""
    path, here = Path(text), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["prompts"]:
        from local.prompts import command  # noqa: PLC0415  it brings the SDK, which takes longer than all the rest

        return command.main(given[1:])
    options, with_session = _options(arguments)
    console = Console(highlight=False, soft_wrap=True)
    return guarded(console, lambda: _serve(console, options, with_session=with_session))


def _serve(console: Console, options: Options, *, with_session: bool) -> None:
    console.print("[bold]tipbandit[/], the whole service on this machine")
    steps = Steps(console)
    service: Service | None = None
    try:
        with running(options, steps.next) as service:
            steps.end()
            routes = len(service.template.routes)
            console.print(f"  serving {routes} routes on [bold]{service.url}[/] after {steps.seconds:.1f} s")
            for warning in service.warnings:
                console.print(f"  {warning}", style="yellow", markup=False)
            if with_session:
                _show(console, service)
            console.print(f"\nServing on [bold]{service.url}[/] until Ctrl-C.")
            llm = f" · LiteLLM: {service.llm_url}" if service.llm_url else ""
            lake = f" · lake: {options.lake}/ and s3://{service.lake}" if service.lake else ""
            console.print(f"[dim]AWS services: {service.endpoint}{llm} · logs: {options.logs}/{lake}[/]")
            service.emulator.wait()
            raise StartError(f"the emulator ended by itself; {options.logs}/emulator.log may say why")
    except KeyboardInterrupt:
        if service is None:
            raise
        console.print(f"\nstopped; what was learned is kept in {options.state}/")


def _show(console: Console, service: Service) -> None:
    session = Session(console, service.url)
    try:
        session.run()
    except SessionError as error:
        console.print(f"\n{error}", style="red", soft_wrap=True, markup=False)
    session.show_curl()


if __name__ == "__main__":
    sys.exit(main())
