"""What tipbandit costs, as tables: ``python -m benchmarks [arithmetic|sizes|handlers|imports ...]``."""
