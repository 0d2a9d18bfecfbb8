"""MLflow as a registry: a client that sends no telemetry and says nothing, and how policies are named in it."""

import logging
import os
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tipbandit_lab.errors import RunError

if TYPE_CHECKING:
    from mlflow import MlflowClient

HOME: Final = Path(__file__).parents[2] / "registry"
DEFAULT: Final = f"sqlite:///{HOME / 'mlflow.db'}"
EXPERIMENT: Final = "tipbandit"

_SQLITE: Final = "sqlite:///"
_QUIET: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


def uri_of(given: str | None) -> str:
    """Return the URI of a registry: what is given, else ``MLFLOW_TRACKING_URI``, else that of this laboratory."""
    return given or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT


def opened(uri: str) -> "MlflowClient":
    """Return a client of a registry; that of a file is created.

    Raises:
        RunError: if MLflow is not installed, or the registry cannot be opened.
    """
    os.environ.update(_QUIET)
    if uri.startswith(_SQLITE):
        Path(uri.removeprefix(_SQLITE)).parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its libraries about each other
        try:
            from mlflow import MlflowClient  # noqa: PLC0415 - an extra that takes seconds to load
            from mlflow.exceptions import MlflowException  # noqa: PLC0415
        except ImportError as error:
            raise RunError(
                f"the registry needs the extra of that name: uv sync --project lab --extra registry ({error})"
            ) from None
        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            client = MlflowClient(tracking_uri=uri, registry_uri=uri)
            client.search_registered_models(max_results=1)
        except (MlflowException, OSError) as error:
            raise RunError(f"the registry at {shown(uri)} cannot be opened: {error}") from None
        except Exception as error:  # of the database, whose errors have no class in common with ours
            raise RunError(f"the registry at {shown(uri)} cannot be opened: {type(error).__name__}") from error
    return client


def experiment(client: "MlflowClient", uri: str) -> str:
    """Return the id of the experiment that holds the runs behind versions; it is created.

    Its files lie beside the database of a registry in a file; a server knows where its own are.
    """
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    place = Path(uri.removeprefix(_SQLITE)).parent.absolute() / "artifacts" if uri.startswith(_SQLITE) else None
    return str(client.create_experiment(EXPERIMENT, artifact_location=place.as_uri() if place else None))


def model_of(policy: str) -> str:
    """Return the name of a policy's registered model; MLflow takes no slash in it."""
    return policy.replace("/", "-")


def shown(uri: str) -> str:
    """Return a URI without what may be secret in it."""
    return re.sub(r"//[^/@]*@", "//", uri)


def tags_of(entity: Any) -> dict[str, str]:  # noqa: ANN401 - MLflow's entities have no type in common
    """Return the tags of an entity of MLflow."""
    return dict(entity.tags)
