"""The generated files: where each is, and what should be in it."""

import difflib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from codegen import api_tables, feature_tables, golden, lake, licences, openapi, recommender, schemas, typescript


class BlockError(Exception):
    """A page lacks the markers of a generated block."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """One generated file; ``render`` gets the present text and returns what it should be."""

    path: str
    render: Callable[[str], str]

    def write(self, root: Path) -> bool:
        """Write the file if it is not what it should be, and say whether it was written."""
        present, wanted = self._texts(root)
        if present == wanted:
            return False
        file = root / self.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(wanted, encoding="utf-8", newline="\n")
        return True

    def diff(self, root: Path) -> list[str]:
        """Return the unified diff from the present file to what it should be; empty if there is none."""
        present, wanted = self._texts(root)
        lines = difflib.unified_diff(
            present.splitlines(keepends=True),
            wanted.splitlines(keepends=True),
            fromfile=self.path,
            tofile=f"{self.path} (generated)",
        )
        return list(lines)

    def _texts(self, root: Path) -> tuple[str, str]:
        file = root / self.path
        present = file.read_text("utf-8") if file.exists() else ""
        return present, self.render(present)


def _whole(make: Callable[[], str]) -> Callable[[str], str]:
    return lambda _present: make()


def _as_json(make: Callable[[], Mapping[str, Any]]) -> Callable[[str], str]:
    return _whole(lambda: json.dumps(make(), indent=2, ensure_ascii=False) + "\n")


def _page(blocks: Mapping[str, Callable[[], str]], mark: str = "<!-- {} -->\n") -> Callable[[str], str]:
    """Return what renders a written page: the text between the markers is generated, the rest is the author's."""

    def render(present: str) -> str:
        for name, make in blocks.items():
            begin, end = mark.format(f"generated: {name}"), mark.format(f"end of generated: {name}")
            block = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
            if len(block.findall(present)) != 1:
                raise BlockError(f"a page must hold the generated block {name!r} once, between {begin}and {end}")
            before, after = block.split(present)
            present = f"{before}{begin}{make()}{end}{after}"
        return present

    return render


ARTEFACTS: Final = (
    Artefact("shared/contracts/openapi.json", _as_json(openapi.document)),
    Artefact("shared/contracts/features.schema.json", _as_json(schemas.features)),
    Artefact("shared/contracts/decision_event.schema.json", _as_json(schemas.decision_event)),
    Artefact("shared/contracts/reward_event.schema.json", _as_json(schemas.reward_event)),
    Artefact("shared/contracts/reset_event.schema.json", _as_json(schemas.reset_event)),
    Artefact("shared/contracts/generation_event.schema.json", _as_json(schemas.generation_event)),
    Artefact("shared/contracts/shadow_signal.schema.json", _as_json(schemas.shadow_signal)),
    Artefact("shared/contracts/prompt.schema.json", _as_json(schemas.prompt)),
    Artefact("shared/contracts/profile_registry.ts", _whole(typescript.module)),
    Artefact("shared/contracts/recommender.ts", _whole(recommender.module)),
    Artefact("shared/contracts/lake.json", _as_json(lake.document)),
    Artefact("template.yaml", _page(lake.BLOCKS, mark=f"{' ' * 12}# {{}}\n")),
    Artefact("docs/features.md", _page(feature_tables.BLOCKS)),
    Artefact("docs/api.md", _page(api_tables.BLOCKS)),
    Artefact("docs/licences.md", _whole(licences.page)),
    Artefact("shared/golden/prompts/crowded.json", _whole(golden.crowded_text)),
    *(Artefact(f"shared/golden/prompts/{case}.md", _whole(partial(golden.page, case))) for case in golden.CASES),
)
