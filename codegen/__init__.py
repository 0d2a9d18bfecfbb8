"""Writes what is derived from the code: the API description, the schemas, the TypeScript mirror, the docs' tables.

``python -m codegen`` writes the files, ``python -m codegen --check`` compares them. Output depends on the code, the
prompt versions and the golden requests alone, never on the machine, the time or the order of a dictionary.
"""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
