"""Writes what is derived from the code: the API description, the schemas, the TypeScript mirror, the docs' tables.

``python -m codegen`` writes the files, ``python -m codegen --check`` compares them. Output depends on the code alone,
never on the machine, the time or the order of a dictionary.
"""
