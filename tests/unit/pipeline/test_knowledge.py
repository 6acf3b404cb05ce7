"""The shelf of a running node: read when asked for, read again when a file has changed."""

from pathlib import Path

from gateway.pipeline.knowledge import LOOK_AGAIN_MS, Knowledge
from tests.unit.pipeline.desk import Hands, hushed

FRONT = "---\ntitle: {title}\ncategory: order\n---\n"


def write(folder: Path, name: str, title: str, text: str = "Soon.") -> None:
    (folder / "en").mkdir(exist_ok=True)
    (folder / "en" / f"{name}.md").write_text(FRONT.format(title=title) + text)


async def test_articles_are_hot(tmp_path: Path) -> None:
    """Who saves one sees it within seconds, and one that is taken away is gone."""
    clock = Hands()
    knowledge = Knowledge(tmp_path, clock)
    assert len(await knowledge.shelf()) == 0
    write(tmp_path, "fee", "Shipping fee")
    assert len(await knowledge.shelf()) == 0  # looked at a moment ago
    clock.now += LOOK_AGAIN_MS
    there = await knowledge.shelf()
    assert [one.title for one in there.all("en")] == ["Shipping fee"]
    clock.now += LOOK_AGAIN_MS
    assert await knowledge.shelf() is there  # nothing has changed
    write(tmp_path, "fee", "What shipping costs")
    clock.now += LOOK_AGAIN_MS
    assert [one.title for one in (await knowledge.shelf()).all("en")] == ["What shipping costs"]
    (tmp_path / "en" / "fee.md").unlink()
    clock.now += LOOK_AGAIN_MS
    assert len(await knowledge.shelf()) == 0


async def test_a_faulty_article_is_left_out(tmp_path: Path) -> None:
    """The others stand: a slip in one keeps nobody from answering."""
    write(tmp_path, "fee", "Shipping fee")
    write(tmp_path, "bad", "Bad", "<script>x()</script>")
    with hushed():
        there = await Knowledge(tmp_path, Hands()).shelf()
    assert [one.id for one in there.all("en")] == ["fee"]
