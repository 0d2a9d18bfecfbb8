"""The versions there are, one of them, and how two differ."""

import difflib
import json
import sys
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from local.prompts.bucket import Bucket
from local.prompts.screen import UNUSABLE, PromptsError, plain, say, short, visible
from local.prompts.sources import Document, Mirror, required, sorted_naturally
from tipbandit.errors import InvalidPromptError

_NO_NEWLINE = "\\ No newline at end of file"


def list_versions(console: Console, mirror: Mirror, bucket: Bucket | None) -> int:
    """Print a table of the versions of the mirror or, beside the mirror's, of a bucket."""
    here = {document.version: document for document in map(mirror.find, mirror.versions()) if document}
    there = bucket.find_all(bucket.versions()) if bucket is not None else {}
    table = _table(compared=bucket is not None)
    for version in sorted_naturally({*here, *there}):
        state = [] if bucket is None else [_state(here.get(version), there.get(version))]
        document = there.get(version) or here[version]
        table.add_row(version, short(document.digest), str(len(document.raw)), *_facts(document, state))
    if table.rows:
        console.print(table)
    else:
        say(console, f"no prompt versions in {(bucket or mirror).name}")
    return 0


def _table(*, compared: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=True)
    table.add_column("version", overflow="fold")
    table.add_column("hash", no_wrap=True, min_width=12)
    for name in ("bytes", "placeholders", "max tokens"):
        table.add_column(name, justify="right")
    if compared:
        table.add_column("mirror")
    table.add_column("note", ratio=1, overflow="ellipsis", no_wrap=True)
    return table


def _facts(document: Document, state: Sequence[str]) -> Iterator[str | Text]:
    """Yield the cells that need the document to be read."""
    try:
        template = document.prompt().template
    except InvalidPromptError as error:
        yield from ["", "", *state]
        yield plain(f"cannot be used: {'; '.join(error.problems)}", "red")
        return
    yield from [str(len(template.placeholders)), str(template.sampling.max_tokens), *state]
    yield plain(template.note.strip().partition("\n")[0])


def _state(here: Document | None, there: Document | None) -> str:
    if here is None:
        return "only there"
    if there is None:
        return "only here"
    return "same" if here.raw == there.raw else "differs"


def show(console: Console, document: Document) -> int:
    """Print a document as it is, and on standard error its hash: what is redirected is the document, byte by byte."""
    heading = f"{document.version} · sha256 {document.digest} · {document.where}"
    say(Console(stderr=True, highlight=False), heading, "bold")
    if console.is_terminal:
        console.print(Syntax("", "yaml", theme="ansi_dark").highlight(visible(document.text)), soft_wrap=True, end="")
    else:
        sys.stdout.buffer.write(document.raw)
        sys.stdout.buffer.flush()
    return 0


def show_schema(console: Console, document: Document) -> int:
    """Print the JSON Schema of the answer that a version asks for."""
    schema = document.prompt().template.output_schema.model_dump(by_alias=True, exclude_none=True)
    say(console, json.dumps(schema, indent=2))
    return 0


def diff(console: Console, mirror: Mirror, bucket: Bucket | None, versions: list[str]) -> int:
    """Print how two versions differ, or how the bucket's differs from the mirror's of that name."""
    if len(versions) == 1 and bucket is None:
        raise PromptsError("diff takes two versions, or one and --bucket", UNUSABLE)
    sources = (mirror, bucket or mirror) if len(versions) == 1 else (bucket or mirror,) * 2
    old, new = (required(source, version) for source, version in zip(sources, versions * 2, strict=False))
    if old.raw == new.raw:
        say(console, f"{old.where} and {new.where} are the same")
    for line in difflib.unified_diff(_lines(old), _lines(new), old.where, new.where, lineterm=""):
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[0], "")
        for part in line.split("\n"):
            say(console, part, style)
    return 0


def _lines(document: Document) -> list[str]:
    """Return a document's lines; a last one that does not end says so, as in any other diff."""
    lines = document.text.split("\n")
    last = lines.pop()
    return [*lines, f"{last}\n{_NO_NEWLINE}"] if last else lines
