"""Have every dependency fail in every way, and write what was answered into docs/reliability.md."""

import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.degraded import table
from tests.degraded.cells import Cell, cells
from tests.degraded.world import account, run

DOCUMENT: Final = Path(__file__).parents[2] / "docs/reliability.md"


def main() -> None:
    """Run every cell; nothing is written if one is not as promised."""
    took_s: dict[Cell, float] = {}
    broken = 0
    with tempfile.TemporaryDirectory() as directory, account(Path(directory)) as made:
        for cell in cells():
            ran = run(made, cell)
            took_s[cell] = ran.took_s
            is_kept = ran.outcome == cell.promised
            broken += not is_kept
            sys.stderr.write(
                f"{ran.took_s:6.2f} s  {cell.name}: {ran.outcome}{'' if is_kept else '  NOT AS PROMISED'}\n"
            )
    if broken:
        sys.exit(f"{broken} answers are not as promised")
    DOCUMENT.write_text(table.replaced(DOCUMENT.read_text("utf-8"), table.render(cells(), took_s)), "utf-8")


if __name__ == "__main__":
    main()
