"""A per-user contextual bandit that scales to zero.

Inside: pure code (``features``, ``policies``, ``rewards``, ``codec``, ``decisions``). Around it: the wire
(``contracts``), what the service does (``usecases`` over ``ports``), what it does it with (``adapters``) and what
it runs in (``runtime``). Imports point inwards only.
"""

__version__ = "0.1.0"
