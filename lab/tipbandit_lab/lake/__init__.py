"""The lake: what was decided, rewarded and said by shadows, as Parquet by the day of its arrival.

``connect`` reads one, whatever filled it: ``decisions``, ``rewards`` and ``shadows`` as views of DuckDB.
"""

from tipbandit_lab.lake.errors import LakeError
from tipbandit_lab.lake.reading import connect

__all__ = ["LakeError", "connect"]
