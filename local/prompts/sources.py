"""Where prompt versions are: the mirror in this repository, or a bucket."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from local.options import ROOT
from local.prompts.screen import PromptsError
from tipbandit.contracts.tip import PROMPT_VERSION_PATTERN
from tipbandit.prompts.prompt import Prompt, load

MIRROR: Final = ROOT / "shared/prompts"
SUFFIX: Final = ".yaml"


@dataclass(frozen=True, slots=True)
class Document:
    """A prompt version as it is written.

    Attributes:
        where: the file or the object, for people.
    """

    version: str
    raw: bytes
    where: str

    @property
    def digest(self) -> str:
        """The content hash: SHA-256, in hexadecimal."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def text(self) -> str:
        """The document; bytes that are not UTF-8 as escapes."""
        return self.raw.decode("utf-8", "backslashreplace")

    def prompt(self) -> Prompt:
        """Return the prompt of the document.

        Raises:
            InvalidPromptError: if it cannot be used.
        """
        return load(self.version, self.raw)


class Source(Protocol):
    """A place of prompt versions."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def versions(self) -> list[str]:
        """Return the versions there are, v10 after v9."""
        ...

    def find(self, version: str) -> Document | None:
        """Return a version, None if there is none of that name."""
        ...


@dataclass(frozen=True, slots=True)
class Mirror:
    """The files ``<version>.yaml`` of a directory."""

    directory: Path = MIRROR

    @property
    def name(self) -> str:
        """See ``Source``."""
        return str(_relative(self.directory))

    def path(self, version: str) -> Path:
        """Return the file of a version, be it there or not."""
        return _relative(self.directory / f"{version}{SUFFIX}")

    def versions(self) -> list[str]:
        """See ``Source``."""
        return sorted_naturally(path.stem for path in self._files() if is_version(path.name))

    def strangers(self) -> list[Path]:
        """Return the files that are no versions by their names; hidden ones do not count."""
        return [path for path in self._files() if not is_version(path.name) and not path.name.startswith(".")]

    def find(self, version: str) -> Document | None:
        """See ``Source``."""
        path = self.path(version)
        try:
            return Document(version, path.read_bytes(), str(path))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise PromptsError(f"cannot read {path}: {error.strerror}") from error

    def _files(self) -> list[Path]:
        try:
            return sorted(self.directory.iterdir())
        except OSError as error:
            raise PromptsError(f"cannot read {self.directory}: {error.strerror}") from error


def is_version(name: str) -> bool:
    """Tell whether a file is a prompt version by its name."""
    return name.endswith(SUFFIX) and re.fullmatch(PROMPT_VERSION_PATTERN, name.removesuffix(SUFFIX)) is not None


def required(source: Source, version: str) -> Document:
    """Return a version that has to be there.

    Raises:
        PromptsError: it is not; the message lists those that are.
    """
    found = source.find(version)
    if found is None:
        raise PromptsError(
            f"there is no {version} in {source.name}; there are: {', '.join(source.versions()) or 'none'}"
        )
    return found


def sorted_naturally(versions: Iterable[str]) -> list[str]:
    """Return versions with v10 after v9."""
    return sorted(versions, key=lambda each: (_natural(each), each))


def _natural(version: str) -> list[str | int]:
    parts: list[str | int] = list(re.split(r"([0-9]+)", version))
    parts[1::2] = [int(part) for part in parts[1::2]]
    return parts


def _relative(path: Path) -> Path:
    """Return a path as seen from here, if it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
