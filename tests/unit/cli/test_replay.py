"""`parley replay`: what it refuses, what it says, and how it ends."""

import asyncio
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateway.cli.replay_picture import picture, spoken, words_of
from gateway.domain.clock import SystemClock, parse_rfc3339
from tests import recorded_day

MORNING = "2026-03-02T12:00:00+08:00"
T = ("--from", recorded_day.FROM, "--to", MORNING)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day's store with the configuration that was in force and a better one."""
    made = tmp_path_factory.mktemp("day")
    until = recorded_day.SINCE + 3 * recorded_day.HOUR_MS
    asyncio.run(recorded_day.record(made, until))
    return made


def replay(parley, folder: Path, name: str, *more: object):
    return parley("replay", "--config", folder / name, *T, "--resamples", 50, *more)


def test_a_gain_in_the_report_and_in_the_picture(parley, folder: Path, tmp_path: Path) -> None:
    """Lines of data, a table, sentences, and two curves of which the better is the higher."""
    drawn = tmp_path / "waits.svg"
    ended = replay(parley, folder, "better", "--svg", drawn, "--list", 2)
    about, everything, *_, changes = ended.lines
    assert (ended.status, about["kind"], about["in_force"]) == (0, "replay", 1)
    assert about["drawn"]["resamples"] == 50
    assert everything["group"] == {}
    gain = everything["difference"]["p90_wait_ms"]
    assert gain["low"] <= gain["value"] <= gain["high"] < 0
    groups = [line["group"] for line in ended.lines if line["kind"] == "figures"]
    assert groups[1:] == [
        {"queue": "care"},
        {"queue": "sales"},
        {"channel": "webchat", "priority": "0"},
    ]
    assert (changes["kind"], len(changes["listed"])) == ("changes", 2)
    assert changes["sooner"] > changes["later"]
    assert "p90" in ended.words
    assert "The wait within which 90 % were served changes by -" in ended.words
    heights = ninety(drawn.read_text())
    assert heights["then"] < heights["now"]  # further left


def ninety(svg: str) -> dict[str, float]:
    """Where the curves pass 90 %, by style."""
    found = re.findall(r'class="dot-(\w+)" cx="([\d.]+)"', svg)
    return {style: float(x) for style, x in found}


def test_the_same_configuration_changes_nothing(parley, folder: Path) -> None:
    """Which a gate can ask for."""
    gates = ("--refuse-if", "mean_wait>+0ms", "--refuse-if", "mean_wait<+0ms")
    ended = replay(parley, folder, "asis", *gates)
    assert ended.status == 0
    changes = next(line for line in ended.lines if line["kind"] == "changes")
    assert changes["unchanged"] == changes["pieces"] > 50
    assert changes["listed"] == []


def test_gates(parley, folder: Path) -> None:
    """One that holds ends it with 1, and says why; groups that were not asked for are made."""
    gates = ("p90_wait>-10%", "language=zh:breaches>1000", "queue=vip:breaches>0", "breaches>-1")
    options = [part for gate in gates for part in ("--refuse-if", gate)]
    ended = replay(parley, folder, "better", "--by", "queue", *options)
    told = {line["gate"]: line["refused"] for line in ended.lines if line["kind"] == "gate"}
    assert ended.status == 1
    assert told == dict(zip(gates, (False, False, True, False), strict=True))
    assert "refused: queue=vip:breaches>0: there is nothing of it" in ended.words


@pytest.mark.parametrize(
    ("label", "more", "status", "says"),
    [
        ("no offset", ("--from", "2026-03-02T09:00:00"), 2, "has no offset"),
        ("no time", ("--from", "yesterday"), 2, "--from, --to: 'yesterday' is no time; write it as 2026-"),
        ("backwards", ("--from", "2026-03-03T09:00:00Z"), 2, "is not before --to"),
        ("what is to come", ("--from", "2100-03-02T09:00:00Z", "--to", "2100-03-03T09:00:00Z"), 2, "has not been yet"),
        ("nothing came", ("--from", "2025-03-02T09:00:00Z", "--to", "2025-03-03T09:00:00Z"), 1, "nothing came between"),
        ("a gate", ("--refuse-if", "p90>10s"), 2, "--refuse-if: 'p90>10s': there is no p90; write"),
        ("a gate's group", ("--refuse-if", "team=x:breaches>1"), 2, "there is no group 'team'"),
        ("a group", ("--by", "queue,team"), 2, "there is no group 'team'; there are: queue, channel"),
        ("within", ("--within", "soon"), 2, "--within:"),
        ("a picture that cannot be written", ("--svg", "/nowhere/x.svg"), 2, "/nowhere/x.svg cannot be written"),
    ],
)  # fmt: skip
def test_bad_input(parley, folder: Path, label: str, more: tuple, status: int, says: str) -> None:
    """What is wrong and what to write instead; nothing on stdout."""
    ended = replay(parley, folder, "better", *more)
    assert (ended.status, ended.text) == (status, ""), label
    assert says in ended.words


def test_a_span_ends_now_at_the_latest(parley, folder: Path) -> None:
    """Who waits still has not waited longer than until now."""
    ended = replay(parley, folder, "asis", "--to", "2100-01-01T00:00:00Z", "--resamples", 0)
    assert parse_rfc3339(ended.lines[0]["to"]) <= SystemClock().now_ms()


def test_a_faulty_configuration_is_told_with_its_lines(parley, folder: Path, tmp_path) -> None:
    """As `parley check` tells it."""
    faulty = tmp_path / "faulty"
    faulty.mkdir()
    text = (folder / "better" / "desk.yaml").read_text()
    (faulty / "desk.yaml").write_text(text.replace("queue: sales}", "queue: sails}"))
    ended = parley("replay", "--config", faulty, *T)
    assert ended.status == 2
    assert "desk.yaml:" in ended.words
    assert "sails" in ended.words


def test_who_is_not_in_both_is_named(parley, folder: Path, tmp_path) -> None:
    """An agent who is gone is left out; one who is new was never there."""
    other = tmp_path / "other"
    other.mkdir()
    text = (folder / "asis" / "desk.yaml").read_text()
    (other / "desk.yaml").write_text(text.replace("tom: {", "ann: {"))
    ended = parley("replay", "--config", other, *T, "--resamples", 0)
    assert ended.status == 0
    assert "not among the proposed agents, so left out: tom" in ended.words
    assert "not there in that time, so given nothing: ann" in ended.words


def test_a_desk_without_a_store(parley, config) -> None:
    """There is nothing to replay."""
    ended = parley("replay", "--config", config, *T)
    assert (ended.status, ended.text) == (2, "")
    assert "there is no store" in ended.words


# --- the picture ---


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize(
    ("label", "now", "then"),
    [
        ("as usual", [1_000, 5_000, 60_000, 600_000], [500, 800, 900, 1_200]),
        ("the same", [7_000] * 50, [7_000] * 50),
        ("nobody waited", [0] * 5, [0] * 5),
        ("none in one run", [5_000], []),
        ("none at all", [], []),
        ("a month", [30 * 86_400_000], [1]),
        ("longer than any tick", [10**12], [1]),
    ],
)
def test_pictures(label: str, now: list[int], then: list[int], locale: str) -> None:
    """Well-formed, told to who cannot see it, within its frame, light and dark."""
    svg = picture(now, then, locale, "2026-03-02 09:00", "2026-03-02 17:00")
    tree = ET.fromstring(svg)
    space = {"s": "http://www.w3.org/2000/svg"}
    title, told = tree.find("s:title", space), tree.find("s:desc", space)
    assert title is not None and title.text == words_of(locale).title  # noqa: PT018
    assert told is not None and "2026-03-02 09:00" in (told.text or "")  # noqa: PT018
    assert "prefers-color-scheme: dark" in svg
    for x, y in re.findall(r"([\d.]+),([\d.]+)", "".join(re.findall(r' d="([^"]+)"', svg))):
        assert 0 <= float(x) <= 920, label
        assert 0 <= float(y) <= 480, label
    assert len(tree.findall("s:circle", space)) == bool(now) + bool(then)


@pytest.mark.parametrize(
    ("ms", "english", "chinese"),
    [
        (0, "0 s", "0 秒"),
        (41_499, "41 s", "41 秒"),
        (90_000, "1.5 min", "1.5 分钟"),
        (7_200_000, "2 h", "2 小时"),
        (100_000_000, "1.2 d", "1.2 天"),
    ],
)
def test_waits_as_people_say_them(ms: int, english: str, chinese: str) -> None:
    """In their own unit, to a tenth."""
    assert (spoken(ms, words_of("en")), spoken(ms, words_of("zh-CN"))) == (english, chinese)
