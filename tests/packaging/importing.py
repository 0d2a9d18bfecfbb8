"""Run by path in the Python that Lambda runs: imports what it is told, and prints where every loaded module is from.

The argument is JSON: ``path``, all that is importable besides the standard library; ``packages``, imported with all
their modules; ``modules``; and ``sought``, which are looked for and not imported. The answer is the file of each
``loaded`` module, built-in ones have none, and which of the sought were ``found``.
"""

import importlib
import importlib.util
import json
import pkgutil
import sys


def main() -> None:
    """Do so."""
    told = json.loads(sys.argv[1])
    sys.path += told["path"]
    for name in told["packages"]:
        for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            importlib.import_module(module.name)
    for name in told["modules"]:
        importlib.import_module(name)
    found = [name for name in told["sought"] if importlib.util.find_spec(name)]
    loaded = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    sys.stdout.write(json.dumps({"loaded": loaded, "found": found}))


if __name__ == "__main__":
    main()
