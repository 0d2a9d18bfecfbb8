"""``python -m local prompts``: what an author and an operator of prompt versions do from a terminal."""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

from rich.console import Console

from local.prompts import kinds, listing, publishing, rendering, samples
from local.prompts.bucket import Bucket
from local.prompts.checking import check
from local.prompts.screen import FAILED, UNUSABLE, PromptsError, say, visible
from local.prompts.sources import Document, Mirror, required
from tipbandit.errors import InvalidPromptError

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C, as shells have it."""

Given = argparse.Namespace
Verb = Callable[[Console, Given], int]

_EXAMPLES: Final = """\
examples:
  python -m local prompts                                    what there is
  python -m local prompts new v4 --from v2                   begin a version
  python -m local prompts render v4 --against v2             what a model would get
  python -m local prompts try v4 --signals request.json      tips, without any model
  python -m local prompts check                              before you commit
  python -m local prompts list --bucket NAME                 what is published, beside what is here
  python -m local prompts publish v4 --bucket NAME           once, and never over another
  python -m local prompts retire v2 --bucket NAME --yes

`make prompts ARGS="render v4"` is the same. docs/prompts.md tells the whole story.
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(UNUSABLE, f"tipbandit: {visible(message)} (see {self.prog} --help)\n")


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # prompts hold what not every terminal can show
    given = _parser().parse_args(arguments or ["list"])
    console = Console(highlight=False)
    try:
        run: Verb = given.run
        return run(console, given)
    except PromptsError as error:
        return _refused(str(error), error.status)
    except InvalidPromptError as error:
        return _refused(str(error), FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        console.on_broken_pipe()
        return FAILED


def _refused(message: str, status: int) -> int:
    say(Console(stderr=True, highlight=False), f"tipbandit: {message}")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m local prompts",
        description="Write, check, try, publish and retire prompt versions. Without a verb: list.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for add in (
        _add_list,
        _add_show,
        _add_diff,
        _add_render,
        _add_try,
        _add_check,
        _add_new,
        _add_publish,
        _add_retire,
    ):
        add(verbs)
    return parser


def _verb(verbs: Any, name: str, run: Verb, meaning: str) -> argparse.ArgumentParser:  # noqa: ANN401  argparse's own
    """Add a verb, with the one option that all of them have."""
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=meaning, description=f"{name}: {meaning}.")
    parser.set_defaults(run=run)
    parser.add_argument(
        "--mirror", type=kinds.mirror, default=Mirror(), metavar="DIR", help="where the files are (shared/prompts)"
    )
    return parser


def _add_list(verbs: Any) -> None:  # noqa: ANN401
    def run(console: Console, given: Given) -> int:
        return listing.list_versions(console, given.mirror, _bucket(given))

    parser = _verb(verbs, "list", run, "the versions there are, by hash, size, placeholders, tokens to write and note")
    _add_bucket(parser, "list a bucket's versions, and how the mirror's compare")


def _add_show(verbs: Any) -> None:  # noqa: ANN401
    def run(console: Console, given: Given) -> int:
        document = _document(given, given.version)
        return listing.show_schema(console, document) if given.schema else listing.show(console, document)

    parser = _verb(verbs, "show", run, "a version as it is written; its hash goes to standard error")
    parser.add_argument("version", type=kinds.version, metavar="VERSION", help="the version to show")
    parser.add_argument("--schema", action="store_true", help="the JSON Schema of the answer instead")
    _add_bucket(parser, "show the bucket's version")


def _add_diff(verbs: Any) -> None:  # noqa: ANN401
    def run(console: Console, given: Given) -> int:
        versions = [given.a, *([given.b] if given.b else [])]
        return listing.diff(console, given.mirror, _bucket(given), versions)

    parser = _verb(verbs, "diff", run, "how two versions differ, line by line")
    parser.add_argument("a", type=kinds.version, metavar="A", help="a version")
    parser.add_argument("b", type=kinds.version, metavar="B", nargs="?", help="another one")
    _add_bucket(parser, "compare the bucket's versions or, where only A is given, the mirror's A with the bucket's A")


def _add_render(verbs: Any) -> None:  # noqa: ANN401
    def run(console: Console, given: Given) -> int:
        moment = samples.moment(given.signals, given.n)
        versions = [given.version, *([given.against] if given.against else [])]
        documents = [_document(given, version) for version in versions]
        shown = [rendering.rendered(document, moment) for document in documents]
        return rendering.render(console, shown, user_only=given.user)

    parser = _verb(verbs, "render", run, "a version as a model would get it, with the estimated tokens of each part")
    _add_moment(parser)
    parser.add_argument("--user", action="store_true", help="the user's message alone")
    parser.add_argument(
        "--against",
        type=kinds.version,
        metavar="OTHER",
        help="another version beside it; below it on a narrow terminal",
    )
    _add_bucket(parser, "render the bucket's versions")


def _add_try(verbs: Any) -> None:  # noqa: ANN401
    def run(console: Console, given: Given) -> int:
        moment = samples.moment(given.signals, given.n)
        return rendering.try_out(console, rendering.rendered(_document(given, given.version), moment))

    parser = _verb(verbs, "try", run, "the whole way from signals to checked tips, written by rules instead of a model")
    _add_moment(parser)
    _add_bucket(parser, "try the bucket's version")


def _add_check(verbs: Any) -> None:  # noqa: ANN401
    def run(console: Console, given: Given) -> int:
        return check(console, given.mirror, given.versions)

    parser = _verb(verbs, "check", run, "every problem of the mirror's versions; exit status 1 if there are any")
    parser.add_argument(
        "versions", type=kinds.version, metavar="VERSION", nargs="*", help="those to check; default: all"
    )


def _add_new(verbs: Any) -> None:  # noqa: ANN401
    def run(console: Console, given: Given) -> int:
        return publishing.new(console, given.mirror, given.version, given.source)

    parser = _verb(verbs, "new", run, "a copy of a version under a new name, for editing")
    parser.add_argument("version", type=kinds.version, metavar="VERSION", help="the new name")
    parser.add_argument(
        "--from", dest="source", type=kinds.version, required=True, metavar="OTHER", help="the version to copy"
    )


def _add_publish(verbs: Any) -> None:  # noqa: ANN401
    def run(console: Console, given: Given) -> int:
        if given.all == bool(given.versions):
            raise PromptsError("publish takes the versions to publish, or --all")
        bucket = Bucket.connect(given.bucket, given.endpoint)
        return publishing.publish(console, given.mirror, bucket, given.versions)

    parser = _verb(verbs, "publish", run, "put versions in a bucket: once, and never over another")
    parser.add_argument("versions", type=kinds.version, metavar="VERSION", nargs="*", help="those to publish")
    parser.add_argument("--all", action="store_true", help="all of the mirror")
    _add_bucket(parser, "where to publish them", required=True)


def _add_retire(verbs: Any) -> None:  # noqa: ANN401
    def run(console: Console, given: Given) -> int:
        if not given.yes:
            raise PromptsError(f"retire deletes {given.version} from bucket {given.bucket}: if you are sure, add --yes")
        bucket = Bucket.connect(given.bucket, given.endpoint)
        return publishing.retire(console, given.mirror, bucket, given.version, default=given.default)

    parser = _verb(verbs, "retire", run, "take a version out of a bucket; it says how to bring it back")
    parser.add_argument("version", type=kinds.version, metavar="VERSION", help="the version to retire")
    parser.add_argument("--yes", action="store_true", help="really; without it nothing is done")
    parser.add_argument(
        "--default",
        type=kinds.version,
        default="v1",
        metavar="NAME",
        help="what requests get that name no version (v1)",
    )
    _add_bucket(parser, "where to take it out", required=True)


def _add_moment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("version", type=kinds.version, metavar="VERSION", help="the version")
    parser.add_argument(
        "--signals", metavar="FILE", help="the body of a request to /generate, - for standard input; default: a sample"
    )
    parser.add_argument("--n", type=kinds.count, metavar="N", help="how many tips; default: what the request says")


def _add_bucket(parser: argparse.ArgumentParser, meaning: str, *, required: bool = False) -> None:
    parser.add_argument("--bucket", metavar="NAME", required=required, help=meaning)
    parser.add_argument("--endpoint", type=kinds.url, metavar="URL", help="where S3 is, for an emulator; default: AWS")


def _bucket(given: Given) -> Bucket | None:
    if given.bucket is None and given.endpoint is not None:
        raise PromptsError("--endpoint says where S3 is; --bucket is missing")
    return None if given.bucket is None else Bucket.connect(given.bucket, given.endpoint)


def _document(given: Given, version: str) -> Document:
    return required(_bucket(given) or given.mirror, version)
