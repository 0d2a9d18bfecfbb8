"""What tipbandit costs, as tables: ``python -m benchmarks [policies|sizes|handlers|imports ...]``."""
