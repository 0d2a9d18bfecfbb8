"""Versions of what may serve, as the registry holds them."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tipbandit_lab.errors import RunError
from tipbandit_lab.registry.store import experiment, model_of, tags_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHALLENGER: Final = "challenger"
CHAMPION: Final = "champion"
POLICY: Final = "policy"
_RUN: Final = "run"
"""The tag that names the run of the pipeline a version was made by: one run makes one version."""
_PAGE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a policy.

    Attributes:
        policy: its key.
        number: from 1 on.
        run_id: of the run that holds its files.
        tags: what is said about it.
        aliases: it has.
    """

    policy: str
    number: int
    run_id: str
    tags: Mapping[str, str]
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How it is called here: ``linucb/v1:3``."""
        return f"{self.policy}:{self.number}"

    @property
    def prior(self) -> str | None:
        """The version of its population prior; None: the plain ridge."""
        return self.tags.get("prior") or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What is to become a version.

    Attributes:
        policy: its key.
        run: names the run that made it; the same run makes no second version.
        files: its files: the card, the gate's record, the evaluation, the prior.
        tags: what is said about it.
        challenger: whether it may stand beside who serves, as its policy's challenger.
    """

    policy: str
    run: str
    files: Path
    tags: Mapping[str, str] = field(default_factory=dict)
    challenger: bool = False


def register(client: "MlflowClient", uri: str, submission: Submission) -> tuple[Version, bool]:
    """Make a version, unless this run has made one; return it, and whether it is new.

    The version is made last and at once: before, nobody sees anything of it.

    Raises:
        RunError: if files did not arrive.
    """
    for each in versions(client, submission.policy):
        if each.tags.get(_RUN) == submission.run:
            return each, False
    model = model_of(submission.policy)
    run = client.create_run(experiment(client, uri), run_name=model, tags={_RUN: submission.run})
    run_id = str(run.info.run_id)
    try:
        _upload(client, run_id, submission.files)
    except BaseException:
        client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id)
    _ensure(client, model, submission.policy)
    tags = {**submission.tags, _RUN: submission.run, POLICY: submission.policy}
    made = client.create_model_version(model, source=run.info.artifact_uri, run_id=run_id, tags=tags)
    if submission.challenger:
        client.set_registered_model_alias(model, CHALLENGER, str(made.version))
    return named(client, f"{submission.policy}:{made.version}"), True


def versions(client: "MlflowClient", policy: str | None = None) -> tuple[Version, ...]:
    """Return all versions, or those of one policy: by policy and number."""
    wanted = None if policy is None else f"name = '{model_of(policy)}'"
    found = [_version(model, each) for model in _models(client, wanted) for each in _numbers(client, model.name)]
    return tuple(sorted(found, key=lambda each: (each.policy, each.number)))


def named(client: "MlflowClient", name: str) -> Version:
    """Return the version that is called ``linucb/v1:3``, or ``linucb/v1`` for its challenger.

    Raises:
        RunError: if there is none; it says which there are.
    """
    policy, _, number = name.partition(":")
    own = versions(client, policy)
    for each in own:
        if str(each.number) == number or (not number and CHALLENGER in each.aliases):
            return each
    there = ", ".join(each.name for each in own or versions(client))
    raise RunError(f"the registry has no version {name}; " + (f"it has {there}" if there else "it is empty"))


def read(client: "MlflowClient", version: Version, file: str) -> bytes:
    """Return one of a version's files.

    Raises:
        RunError: if it has none of that name.
    """
    place = Path(tempfile.mkdtemp(prefix="tipbandit-registry-"))
    try:
        return Path(client.download_artifacts(version.run_id, file, str(place))).read_bytes()
    except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
        raise RunError(f"{version.name} has no file {file}: {error}") from None
    finally:
        shutil.rmtree(place, ignore_errors=True)


def read_json(client: "MlflowClient", version: Version, file: str) -> Mapping[str, Any]:
    """Return one of a version's JSON files."""
    return dict(json.loads(read(client, version, file)))


def _upload(client: "MlflowClient", run_id: str, files: Path) -> None:
    client.log_artifacts(run_id, str(files))
    arrived = {each.path: each.file_size for each in client.list_artifacts(run_id)}
    lost = [
        each.name
        for each in files.iterdir()
        if arrived.get(each.name) not in {None, each.stat().st_size} or each.name not in arrived
    ]
    if lost:
        raise RunError(f"the registry did not keep {', '.join(sorted(lost))}")


def _ensure(client: "MlflowClient", model: str, policy: str) -> None:
    if not client.search_registered_models(f"name = '{model}'"):
        client.create_registered_model(model, tags={POLICY: policy})


def _models(client: "MlflowClient", wanted: str | None) -> Iterator[Any]:
    token: str | None = None
    while True:
        page = client.search_registered_models(wanted, page_token=token)
        yield from (each for each in page if POLICY in tags_of(each))
        token = page.token
        if not token:
            return


def _numbers(client: "MlflowClient", model: str) -> Iterator[Any]:
    token: str | None = None
    while True:
        page = client.search_model_versions(f"name = '{model}'", max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _version(model: Any, found: Any) -> Version:  # noqa: ANN401 - MLflow's entities
    aliases = tuple(sorted(name for name, number in model.aliases.items() if str(number) == str(found.version)))
    return Version(
        policy=tags_of(model)[POLICY],
        number=int(found.version),
        run_id=str(found.run_id),
        tags=tags_of(found),
        aliases=aliases,
    )
