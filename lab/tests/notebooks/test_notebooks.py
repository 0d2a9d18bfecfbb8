"""The notebooks run and find what they say, are kept as text, and are imported by nobody."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jupytext
import pytest

ROOT: Final = Path(__file__).parents[3]
NOTEBOOKS: Final = ROOT / "lab" / "notebooks"
EXECUTING: Final = Path(__file__).with_name("executing.py")
PRODUCTION: Final = (
    "layers/core/tipbandit",
    "functions",
    "recommender",
    "local",
    "operations",
    "codegen",
    "lab/tipbandit_lab",
    "lab/benchmarks",
)
ALL: Final = sorted(NOTEBOOKS.glob("*.py"))
VERSIONS: Final = ("#       format_version:", "#       jupytext_version:")
"""Lines of the header that tell who wrote it last: left out, as they would change with each update."""
NAMES: Final = frozenset(path.stem for path in ALL)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a notebook ended with, how many charts it drew, and how many of its cells ran."""

    results: Mapping[str, Any]
    charts: int
    executed: int
    cells: int
    stderr: str


def ran(name: str, place: Path) -> Ran:
    """Run a notebook in a process of its own, which keeps what Jupyter, MLflow and matplotlib keep in ``place``."""
    kept = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "MPLCONFIGDIR": "matplotlib",
        "HOME": "home",
        "TMPDIR": "tmp",
    }
    for each in kept.values():
        (place / each).mkdir()
    environment = {**os.environ, **{variable: str(place / each) for variable, each in kept.items()}}
    done = subprocess.run(
        [sys.executable, str(EXECUTING), str(NOTEBOOKS / f"{name}.py")],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert not list((place / "tmp").glob("tipbandit-notebook-*")), "it leaves its lake behind"
    return Ran(**json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
@pytest.mark.xdist_group("notebook-lake")
def test_the_walk_from_the_lake_to_a_promotion_ends_with_a_champion(tmp_path: Path) -> None:
    found = ran("from_lake_to_promotion", tmp_path)
    assert found.executed == found.cells
    assert found.charts == 4
    results = found.results
    assert results["decisions"] > 1500
    assert results["came again"] > 0
    assert results["profiles"] == 48
    assert 20 <= results["users behind the prior"] <= 48, "some gave no reward in the first week"
    assert results["evaluation is valid"] is True
    assert results["effective size"] > 100
    assert 0 < results["least advantage by DR"] < results["advantage by DR"]
    simulated = results["simulated"]
    assert simulated["random"] < simulated["trial/v0"] < simulated["linucb/v1"] < simulated["oracle"]
    assert results["verdict"] == results["pipeline's verdict"] == "promote"
    assert results["gate's exit code is that of a promotion"] is True
    assert results["looks"] == 1
    assert results["steps done again"] == []
    assert results["objections"] == []
    assert results["champion"] == "linucb/v1:1"
    assert results["priors"] is True
    assert results["rolled back to"] is None
    assert results["left behind"] is False


@pytest.mark.slow
@pytest.mark.xdist_group("notebook-exploration")
def test_exploration_costs_reward_and_buys_effective_decisions(tmp_path: Path) -> None:
    found = ran("exploration", tmp_path)
    assert found.executed == found.cells
    assert found.charts == 4
    results = found.results
    epsilon = results["epsilon"]
    assert list(epsilon.values()) == sorted(epsilon.values(), reverse=True)
    assert epsilon["1.0"] == pytest.approx(results["chance"])
    assert results["oracle"] > max(results["alpha"].values()) > epsilon["0.0"]
    assert results["alpha"]["0.5"] > results["alpha"]["2.0"]
    assert list(results["gamma"].values()) == sorted(results["gamma"].values())
    explored = results["explored by epsilon"]
    assert explored["0.0"] == 0
    for value in ("0.1", "0.5", "1.0"):
        assert explored[value] == pytest.approx(float(value) * 4 / 5, abs=0.03), (
            "K - 1 of K random tips are not the best"
        )
    share = results["effective share"]
    assert share["0.02"] < share["0.1"] < share["0.2"] < share["0.5"]
    assert share["1.0"] == pytest.approx(1 / 5, abs=0.05)
    assert share["0.5"] > share["1.0"]
    refused = results["refused"]
    assert "effective sample size" in refused["0.02"]
    assert refused["0.5"] == refused["1.0"] == ""
    assert results["half width"]["0.02"] is None
    assert results["half width"]["0.5"] > 0
    assert results["left behind"] is False


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_notebook_is_text_without_outputs_that_comes_back_as_it_was(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="py:percent")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    written = jupytext.writes(notebook, fmt="py:percent").splitlines()
    assert [line for line in written if not line.startswith(VERSIONS)] == text.splitlines()


def test_there_are_no_notebooks_but_those_that_are_run() -> None:
    assert {"exploration", "from_lake_to_promotion"} == NAMES
    assert sorted(path.name for path in NOTEBOOKS.iterdir() if path.name != "__pycache__") == [p.name for p in ALL]


def test_notebooks_are_no_package_that_could_be_imported() -> None:
    assert not (NOTEBOOKS / "__init__.py").exists()


def test_nothing_but_notebooks_imports_notebooks() -> None:
    files = [path for place in PRODUCTION for path in (ROOT / place).rglob("*.py")]
    assert all(any(path.is_relative_to(ROOT / place) for path in files) for place in PRODUCTION)
    found = {str(path.relative_to(ROOT)): wrong for path in files if (wrong := notebooks_in(path.read_text("utf-8")))}
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "import notebooks",
        "import lab.notebooks.exploration as e",
        "from notebooks import exploration",
        "from notebooks.exploration import share_of",
        "from lab import notebooks",
        "from . import notebooks",
        "from ..notebooks.exploration import share_of",
        "def late():\n    import from_lake_to_promotion",
        "import importlib\nimportlib.import_module('notebooks.exploration')",
        "import runpy\nrunpy.run_path('lab/notebooks/exploration.py')",
    ],
)
def test_every_way_to_import_a_notebook_is_seen(source: str) -> None:
    assert notebooks_in(source)


def test_what_only_has_a_similar_name_is_let_be() -> None:
    assert not notebooks_in("import tipbandit_lab.exploration\nfrom tipbandit.policies import exploration\n")


def notebooks_in(source: str) -> list[str]:
    """Return what a module imports, or names as a string, that is a notebook.

    ``exploration`` is the name of a module elsewhere too: it counts below ``notebooks`` or at the top.
    """
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    named: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            named += [f"{node.module or ''}.{alias.name}".lstrip(".") for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            named += [node.value.replace("/", ".")] if "notebooks" in node.value else []
    return [each for each in named if "notebooks" in each.split(".") or each.split(".")[0] in NAMES]
