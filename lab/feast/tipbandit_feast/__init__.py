"""The profiles of the lake in a Feast feature store: offline the files of the laboratory, online SQLite or DynamoDB."""

import os

os.environ.setdefault("FEAST_USAGE", "False")  # before Feast is imported: nothing is reported to anybody
