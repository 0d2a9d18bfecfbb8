"""Versions come into being, are published once, and are retired."""

import json
import re
from collections.abc import Sequence
from typing import Final

import yaml
from rich.console import Console

from local.prompts.bucket import Bucket
from local.prompts.checking import problems, report
from local.prompts.screen import FAILED, PromptsError, say, short
from local.prompts.sources import Document, Mirror, required
from tipbandit.adapters.s3_prompts import FRESH_S
from tipbandit.adapters.s3_versions import key_of

_VERSION_LINE: Final = re.compile(rb"^version:[ \t]*(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s#]+)", re.MULTILINE)


def new(console: Console, mirror: Mirror, version: str, source: str) -> int:
    """Copy a version of the mirror under another name; nothing but that name changes."""
    original = required(mirror, source)
    path = mirror.path(version)
    line = f"version: {_scalar(version)}".encode()
    copy = Document(version, _VERSION_LINE.sub(line, original.raw, count=1), str(path))
    if wrong := problems(copy):
        raise PromptsError(f"a copy of {original.where} cannot be used: {'; '.join(wrong)}", FAILED)
    try:
        with path.open("xb") as file:
            file.write(copy.raw)
    except FileExistsError as error:
        raise PromptsError(f"{path} is there already, and stays as it is", FAILED) from error
    except OSError as error:
        raise PromptsError(f"cannot write {path}: {error.strerror}") from error
    say(console, f"{version}: {path}, a copy of {source}. Say in its note what it tries, then: check {version}")
    return 0


def _scalar(version: str) -> str:
    """Return a name as YAML reads it as text: 1, 2026-11-24 and no would be something else."""
    return version if version[0].isalpha() and yaml.safe_load(version) == version else json.dumps(version)


def publish(console: Console, mirror: Mirror, bucket: Bucket, versions: Sequence[str]) -> int:
    """Publish versions of the mirror, none if one of them is wrong, and return the exit status."""
    documents = [required(mirror, version) for version in versions or mirror.versions()]
    if not documents:
        raise PromptsError(f"no prompt versions in {mirror.name}")
    found = {document.version: problems(document) for document in documents}
    if any(found.values()):
        for version, wrong in found.items():
            report(console, version, wrong)
        raise PromptsError("nothing was published", FAILED)
    return max([_publish(console, bucket, document) for document in documents], default=0)


def _publish(console: Console, bucket: Bucket, document: Document) -> int:
    """Publish a version, and return the exit status that follows."""
    version, where = document.version, bucket.where(document.version)
    before = bucket.retired(version)
    if before is not None and before.raw != document.raw:
        status, said = FAILED, f"was published as {short(before.digest)} and retired; {_another(version)}"
    elif bucket.publish(document):
        status, said = 0, f"published as {where}, {short(document.digest)}"
    elif (there := bucket.find(version)) is None:
        status, said = FAILED, "somebody else is just publishing it; try again"
    elif there.raw == document.raw:
        status, said = 0, f"already published, {short(document.digest)}"
    else:
        said = f"is published as {short(there.digest)}, and this is {short(document.digest)}; {_another(version)}"
        status = FAILED
    say(console, f"{version}: {said}", "red" if status else "")
    return status


def _another(version: str) -> str:
    return f"a published version never changes: give it another name, `new NAME --from {version}`"


def retire(console: Console, mirror: Mirror, bucket: Bucket, version: str, *, default: str) -> int:
    """Delete a version from a bucket, from which it can be brought back, and return the exit status."""
    document = required(bucket, version)
    if version == default:
        raise PromptsError(f"{version} is what requests get that name no version: roll out another one first", FAILED)
    copy = mirror.find(version)
    if not bucket.keeps_versions and (copy is None or copy.raw != document.raw):
        raise PromptsError(f"{bucket.name} keeps no deleted versions, and the mirror has no copy of {version}", FAILED)
    marker = bucket.delete(version)
    say(console, f"{version}: retired; within {FRESH_S:.0f} s /generate answers it with 404 unknown_prompt")
    if marker is not None:
        say(console, f"to bring it back: {_undo(bucket, version, marker)}")
    if copy is not None and copy.raw == document.raw:
        say(console, f"{copy.where} is still there: publish --all would publish it again")
    return 0


def _undo(bucket: Bucket, version: str, marker: str) -> str:
    """Return the command that deletes the marker of a deletion."""
    endpoint = f" --endpoint-url {bucket.endpoint}" if bucket.endpoint else ""
    which = f"--bucket {bucket.bucket} --key {key_of(version)} --version-id {marker}"
    return f"aws s3api delete-object {which}{endpoint}"
