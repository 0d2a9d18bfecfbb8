"""``python -m local prompts``: write, check, try, publish and retire prompt versions."""
