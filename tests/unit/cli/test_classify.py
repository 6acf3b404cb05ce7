"""`parley classify`: a line in, a line out."""

import msgspec
import pytest
from typer.testing import CliRunner

from gateway.cli import app

runner = CliRunner()


def lines(stdin: str, *options: str) -> tuple[int, list[dict]]:
    """The exit status and what was told."""
    result = runner.invoke(app, ["classify", *options], input=stdin.encode())
    return result.exit_code, [
        msgspec.json.decode(line)
        for line in result.stdout_bytes.splitlines()
        if line.startswith(b"{")
    ]


def test_a_line_for_each_line() -> None:
    """Each text is told in order, with the fields of the surface and no others."""
    status, told = lines(
        '{"id":"a","text":"怎么开发票"}\n\n{"id":2,"text":"I want a refund now!!","channel":"sms"}\n'
    )
    assert status == 0
    assert [line["id"] for line in told] == ["a", 2]
    assert [line["category"] for line in told] == ["order", "after_sales"]
    assert [line["language"] for line in told] == ["zh", "en"]
    assert set(told[0]) == {"id", "category", "confidence", "language", "anger", "urgency"}


def test_why() -> None:
    """With --why the pieces that decided are named."""
    _, told = lines('{"id":"a","text":"怎么开发票"}', "--why")
    assert any("发票" in piece for piece, _ in (reason.values() for reason in told[0]["reasons"]))


@pytest.mark.parametrize("bad", ["{", '{"id":"a"}', '{"id":"a","text":5}'])
def test_a_bad_line_costs_itself(bad: str) -> None:
    """A line that cannot be read is told on stderr; the others are answered; the status is 1."""
    status, told = lines(f'{bad}\n{{"id":"b","text":"你好"}}\n')
    assert (status, [line["id"] for line in told]) == (1, ["b"])
