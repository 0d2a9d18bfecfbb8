"""A page that somebody wrote, with blocks in it that a command writes."""

import re
from pathlib import Path


def put(page: Path, name: str, text: str) -> None:
    """Write a block of a page anew: what is between ``<!-- generated: name -->`` and its end.

    Raises:
        ValueError: if the page has not this block once.
        OSError: if it cannot be read or written.
    """
    present = page.read_text("utf-8")
    begin, end = f"<!-- generated: {name} -->\n", f"<!-- end of generated: {name} -->\n"
    block = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if len(block.findall(present)) != 1:
        raise ValueError(f"{page} must hold the block {name!r} once, between {begin.strip()} and {end.strip()}")
    before, after = block.split(present)
    page.write_text(f"{before}{begin}{text}{end}{after}", "utf-8")
