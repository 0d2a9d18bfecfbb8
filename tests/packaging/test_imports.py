"""Everything that ships can be imported where nothing is but the built layers, the runtime's SDK and Python 3.13."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.infra.deployed import deployed, of_type
from tests.runtime import built
from tests.support.cloud import ENVIRONMENT
from tests.support.lambdas import NAMES

pytestmark = pytest.mark.usefixtures("is_built")
IMPORTING: Final = Path(__file__).with_name("importing.py")
LAYERS: Final = (built.CORE, built.DEPS)
OFFLINE: Final = (
    *("codegen", "events", "local", "tests", "tipbandit_lab", "tipbandit_recommender"),
    *(
        "boto3",
        "dask",
        "hypothesis",
        "httpx",
        "matplotlib",
        "moto",
        "pip",
        "pyarrow",
        "pytest",
        "rich",
        "scipy",
        "typer",
    ),
)


def importing(
    path: Sequence[Path],
    *,
    packages: Sequence[str] = (),
    modules: Sequence[str] = (),
    sought: Sequence[str] = (),
    variables: Mapping[str, str] = ENVIRONMENT,
) -> dict[str, Any]:
    """Run ``importing.py`` where there is nothing but ``path`` and the standard library; return what it says."""
    told = {"path": [str(it) for it in path], "packages": packages, "modules": modules, "sought": sought}
    alone = ["-I", "-S", "-B"]
    command = [str(built.INTERPRETER), *alone, str(IMPORTING), json.dumps(told)]
    done = subprocess.run(command, env=dict(variables), cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def variables(name: str) -> dict[str, str]:
    """What the template tells a function; the name of a resource is any text."""
    functions = of_type(deployed({"LlmBackend": "template"}), "AWS::Lambda::Function")
    told = functions[f"{name.title()}Function"]["Environment"]["Variables"]
    return {key: value if isinstance(value, str) else "x" for key, value in told.items()}


def test_every_module_of_the_package_is_importable_from_the_layers_and_the_runtimes_sdk() -> None:
    found = importing([*LAYERS, built.BROUGHT], packages=["tipbandit"])["loaded"]

    asked = {path.relative_to(built.CORE) for path in built.CORE.rglob("*.py") if path.name != "__init__.py"}
    assert {path.with_suffix("").as_posix().replace("/", ".") for path in asked} <= set(found)


@pytest.mark.parametrize("name", NAMES)
def test_a_function_initialises_on_the_layers_and_takes_each_library_from_there(name: str) -> None:
    code = built.BUILD / f"{name.title()}Function"
    told = {**ENVIRONMENT, **variables(name)}
    found = importing([code, *LAYERS, built.BROUGHT], modules=["app"], variables=told)["loaded"]

    standard = str(Path(found["json"]).parents[1])
    roots = {str(code), *map(str, LAYERS), str(built.BROUGHT), standard, str(IMPORTING.parent)}
    strangers = {it for it in found.values() if it and not it.startswith(tuple(f"{root}/" for root in roots))}
    assert strangers == set()
    for library in ("tipbandit", "pydantic", "aws_lambda_powertools", "numpy"):
        assert found.get(library, str(built.CORE)).startswith(tuple(map(str, LAYERS)))
    assert found["boto3"].startswith(str(built.BROUGHT))


def test_nothing_offline_can_be_imported_from_the_layers() -> None:
    assert importing(LAYERS, sought=[*OFFLINE, "tipbandit", "numpy"])["found"] == ["tipbandit", "numpy"]
