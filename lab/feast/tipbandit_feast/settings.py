"""The settings of a store: a ``feature_store.yaml`` in its place, which Feast's own commands read as well."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from tipbandit_feast.errors import StoreError

PLACE: Final = Path(__file__).parents[2] / "results" / "feast"
FILE: Final = "feature_store.yaml"
PROJECT: Final = "tipbandit"

Online = Literal["sqlite", "dynamodb"]
_AT_ONCE: Final = 10_000
"""Profiles that are converted and written together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where profiles come from and where they are served from.

    Attributes:
        profiles: the table of profiles: a Parquet file, or a directory of them.
        online: the store they are served from.
        region: of DynamoDB.
        endpoint: URL of DynamoDB; AWS's own if None.
    """

    profiles: Path
    online: Online = "sqlite"
    region: str | None = None
    endpoint: str | None = None

    def __post_init__(self) -> None:
        """Refuse what does not go together.

        Raises:
            StoreError: if a setting is missing or has no meaning; all are named.
        """
        wrong = []
        if self.online == "dynamodb" and not self.region:
            wrong.append("DynamoDB needs a region (--region, AWS_REGION)")
        if self.online == "sqlite" and self.endpoint:
            wrong.append("SQLite has no endpoint (--online dynamodb has)")
        if "://" in str(self.profiles) or str(self.profiles).startswith("s3:"):
            wrong.append(f"profiles are files of this machine, not {self.profiles}")
        if wrong:
            raise StoreError("; ".join(wrong))

    def write(self, place: Path) -> None:
        """Write Feast's settings into a place, which is made if it is not there."""
        place.mkdir(parents=True, exist_ok=True)
        (place / FILE).write_text(yaml.safe_dump(self._feast(), sort_keys=False), encoding="utf-8")

    def _feast(self) -> dict[str, Any]:
        served: dict[str, Any] = {"type": self.online}
        if self.online == "sqlite":
            served["path"] = "online.db"
        else:
            served |= {"region": self.region} | ({"endpoint_url": self.endpoint} if self.endpoint else {})
        return {
            "project": PROJECT,
            "provider": "local",
            "registry": "registry.db",
            "offline_store": {"type": "file"},
            "online_store": served,
            "materialization": {"pull_latest_features": True, "online_write_batch_size": _AT_ONCE},
            "entity_key_serialization_version": 3,
        }
