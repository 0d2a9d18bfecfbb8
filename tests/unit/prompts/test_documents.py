"""A prompt version's YAML: plain, bounded, and read as it stands."""

import json
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.generation import document, problems, written
from tipbandit.prompts.template import MAX_BYTES

_YAML_SIGNS: Final = "{}[]:-?!&*<>|#%@`'\"\\,.~=0123456789abefnorsuxy_ \n\t"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"\xc3\x28", "not YAML"),
        (b"\xff\xfe\x00", "not YAML"),
        (b"a: b: c", "not YAML"),
        (b"{a: 1", "not YAML"),
        (b"a: 'open", "not YAML"),
        (b"\ttab: 1", "not YAML"),
        (b"a\x00b", "not YAML"),
        (b"--- {}\n--- {}", "not YAML"),
        (b"%YAML 3.0\n--- {}", "not YAML"),
        (b"[a]: 1", "not YAML"),
        (b"{{a: 1}: 1}", "not YAML"),
        (b"a: 2001-99-99", "not YAML"),
        (b"a: 0b_", "not YAML"),
        (b"a: " + b"9" * 5_000, "not YAML"),
        (b"a: =", "not YAML"),
        (b"- a\n- b", "the document"),
        (b"just text", "the document"),
        (b"5", "the document"),
        (b"null", "the document"),
        (b"", "the document"),
        (b"# a comment", "the document"),
        (b"\xef\xbb\xbf", "the document"),
        (b"[]", "the document"),
    ],
)
def test_what_is_no_mapping_in_yaml_is_refused(raw: bytes, says: str) -> None:
    (problem,) = problems(raw)
    assert says in problem
    assert "\n" not in problem


@pytest.mark.parametrize("opened", [b"[", b"{a: ", b"- ", b"? ", b"a:\n" + b" " * 9], ids=ascii)
def test_what_is_nested_without_end_is_refused(opened: bytes) -> None:
    (problem,) = problems((opened * MAX_BYTES)[:MAX_BYTES])
    assert "not YAML" in problem


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"a: &anchor b\nc: *anchor", "aliases are not read"),
        (b"a: &a [*a]", "aliases are not read"),
        (b"a: *nowhere", "aliases are not read"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "aliases are not read"),
        (b"<<: {version: x}", "merge keys are not read"),
        (b"sampling: {<<: {max_tokens: 9}, max_tokens: 64}", "merge keys are not read"),
        (b"version: x\nversion: y", "version stands twice"),
        (b"b: 1\na: 1\nb: 2\na: 2", "a, b stands twice"),
        (b"sampling: {max_tokens: 64, max_tokens: 4096}", "max_tokens stands twice"),
        (b"a: [{b: 1, 'b': 2}]", "b stands twice"),
    ],
)
def test_nothing_in_a_document_stands_for_something_elsewhere_in_it(raw: bytes, says: str) -> None:
    assert problems(raw) == (f"it is not YAML: {says}",)


@pytest.mark.parametrize(
    "tagged",
    [
        "!!python/object:os.system {}", "!!python/object/apply:os.system [id]", "!!python/name:os.system",
        "!!python/object/new:type [x]", "!!python/tuple [a]", "!!binary aGk=", "!!set {a}", "!!omap [a: 1]",
        "!!timestamp 2001-01-01", "!!timestamp soon", "!!bool maybe", "!!int ''", "!!float ''", "!!null x", "!!str x",
        "!own x", "! x", "!<tag:yaml.org,2002:bool> maybe", "!!map {a: 1}", "!!seq [a]",
    ],
)  # fmt: skip
def test_tags_are_not_read(tagged: str) -> None:
    for raw in (tagged, f"a: {tagged}", f"? {tagged}\n: 1"):
        assert problems(raw.encode()) == ("it is not YAML: tags are not read",)


def test_the_largest_document_has_64_kib() -> None:
    raw = document()
    largest = raw + b"\n#" + b"x" * (MAX_BYTES - len(raw) - 2)
    assert len(largest) == MAX_BYTES
    assert problems(largest) == ()
    assert problems(largest + b"x") == ("it is larger than 65536 bytes",)


def test_what_is_too_large_is_not_even_read() -> None:
    """It is no YAML either, which nobody finds out."""
    assert problems(b"{" * (MAX_BYTES + 1)) == ("it is larger than 65536 bytes",)


@given(st.binary(max_size=300) | st.text(_YAML_SIGNS, max_size=300).map(str.encode))
def test_whatever_the_bytes_either_they_are_a_prompt_or_the_error_says_why_not(raw: bytes) -> None:
    assert problems(raw) != ()


@given(st.sampled_from(sorted(written())), st.text(_YAML_SIGNS, max_size=40))
def test_whatever_stands_in_a_field_nothing_but_a_refusal_comes_of_it(name: str, value: str) -> None:
    raw = "\n".join(f"{each}: {value if each == name else json.dumps(good)}" for each, good in written().items())
    assert all(problem.strip() == problem and "\n" not in problem for problem in problems(raw.encode()))
