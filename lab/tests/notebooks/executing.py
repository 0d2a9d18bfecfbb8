"""Run a notebook in a kernel of this interpreter, and print what it ends with: ``python executing.py NOTEBOOK.py``.

A process of its own: kernels bring event loops and warnings of their own, and the environment says where Jupyter keeps
its files.
"""

import ast
import json
import sys
from pathlib import Path

import jupytext
from nbclient import NotebookClient


def main(path: Path) -> None:
    """Print the value of the last cell as JSON, and how many charts and cells there were."""
    notebook = jupytext.read(path)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(Path.cwd())}}
    )
    client.execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    (last,) = (output for output in code[-1].outputs if output.output_type == "execute_result")
    said = {
        "results": ast.literal_eval(last.data["text/plain"]),
        "charts": sum("image/svg+xml" in output.get("data", {}) for output in outputs),
        "executed": sum(cell.execution_count is not None for cell in code),
        "cells": len(code),
        "stderr": "".join(
            output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"
        ),
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
