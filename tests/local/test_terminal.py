"""What is printed is for reading."""

from io import StringIO

from rich.console import Console

from local.terminal import show_json


def test_long_tokens_are_cut_and_long_sentences_are_not() -> None:
    console = Console(record=True, file=StringIO(), width=200)
    sentence = "Take a short walk before the next thing begins, even if it is only five minutes."
    show_json(console, {"decision": "k1." + "x" * 100, "text": sentence, "score": 0.123456})
    told = console.export_text()

    assert f'"text": "{sentence}"' in told
    assert f'"k1.{"x" * 21}...{"x" * 8}"' in told
    assert '"score": 0.1235' in told
