"""The built layers hold what the functions need, the whole of it and nothing else, within the budget."""

import shutil
from pathlib import Path

import pytest

from tests.packaging.layers import files, foreign_to_core, foreign_to_deps, megabytes, surprises
from tests.runtime import built

pytestmark = pytest.mark.usefixtures("is_built")
SOURCE = built.ROOT / "layers/core/tipbandit"
REQUIREMENTS = built.ROOT / "layers/deps/requirements.txt"


def test_the_layer_of_the_package_is_the_package_and_nothing_else() -> None:
    assert foreign_to_core(built.CORE, SOURCE) == {}
    assert {path.name for path in built.CORE.iterdir()} == {"tipbandit"}
    assert {path.name for path in built.CORE.parent.iterdir()} == {"python"}


def test_the_layer_of_the_libraries_is_what_the_lock_asks_for_and_nothing_else() -> None:
    assert foreign_to_deps(built.DEPS, REQUIREMENTS) == {}
    assert {path.name for path in built.DEPS.parent.iterdir()} == {"python"}


def test_the_layers_do_not_hide_each_other() -> None:
    assert {path.name for path in built.CORE.iterdir()} & {path.name for path in built.DEPS.iterdir()} == set()


def test_nothing_in_the_layers_runs_unasked() -> None:
    assert surprises(files(built.CORE) | files(built.DEPS)) == []


def test_a_function_is_one_file() -> None:
    for directory in built.BUILD.glob("*Function"):
        assert files(directory) == {"app.py"}


def test_the_layers_stay_within_their_budget() -> None:
    alone, with_boto3 = megabytes(built.CORE, built.DEPS), megabytes(built.CORE, built.DEPS, built.BROUGHT)
    print(f"layers unzipped: {alone:.1f} MB, with what the runtime brings {with_boto3:.1f} MB")  # noqa: T201  pytest -s

    assert alone <= 80
    assert with_boto3 <= 110


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("pytest/__init__.py", "belongs to none of the libraries"),
        ("surprise.pth", "belongs to none of the libraries"),
        ("sitecustomize.py", "belongs to none of the libraries"),
        ("numpy/extra.py", "belongs to none of the libraries"),
        ("rich-14.0.dist-info/RECORD", "was not asked for"),
    ],
)
def test_a_file_that_got_into_the_layer_of_the_libraries_is_found(planted: str, said: str, tmp_path: Path) -> None:
    copy = tmp_path / "python"
    for metadata in built.DEPS.glob("*.dist-info"):
        shutil.copytree(metadata, copy / metadata.name)
    (copy / planted).parent.mkdir(parents=True, exist_ok=True)
    (copy / planted).touch()

    assert said in foreign_to_deps(copy, REQUIREMENTS).values()
    assert surprises(files(copy)) == [planted] * planted.endswith(("pth", "sitecustomize.py"))


def test_a_file_that_got_into_the_layer_of_the_package_is_found_and_so_is_one_that_did_not(tmp_path: Path) -> None:
    copy = tmp_path / "python"
    shutil.copytree(built.CORE, copy)
    (copy / "tests").mkdir()
    (copy / "tests/conftest.py").touch()
    (copy / "tipbandit/ids.py").unlink()

    assert foreign_to_core(copy, SOURCE) == {
        "tests/conftest.py": "is not of the package",
        "tipbandit/ids.py": "is not as in the source: `make runtime` builds again",
    }
