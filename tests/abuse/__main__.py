"""Print the table of docs/reliability.md: what an adversary's rewards do, at most and at worst."""

import sys

import numpy as np

from tests.abuse.poison import honest, worst
from tipbandit.policies.registry import POLICIES


def main() -> None:
    """Simulate each."""
    sys.stdout.write("| policy | honest | poison | shift | at most | decisions changed | at most |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|\n")
    for key in ("linucb/v1", "egreedy/v2"):
        for n in (30, 300, 3000):
            rng = np.random.default_rng([n, len(key)])
            state = honest(POLICIES[key], n, rng)
            for m in (1, 10, 100):
                found = worst(POLICIES[key], state, m, rng)
                sys.stdout.write(
                    f"| `{key}` | {n} | {m} | {found.shift:.2f} | {found.bound:.2f} "
                    f"| {found.changed:.0%} | {found.bound_changed:.0%} |\n"
                )


if __name__ == "__main__":
    main()
