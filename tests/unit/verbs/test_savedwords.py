"""Saving what a template says: one version after the other, of two at once the first."""

import msgspec

from gateway.domain.access import AuditEntry
from gateway.domain.outcome import Refusal
from gateway.domain.savedwords import SavedWords
from gateway.pipeline.wordbook import wording_of
from gateway.verbs.savedwords import SaveWords
from gateway.verbs.work import ApplyRulebook
from templates import Wording
from tests.unit.verbs.paper import PaperDesk


def content(words: str) -> str:
    said = Wording(locale="en", purpose="to test", variables=(), variants={"": words})
    return msgspec.json.encode(said).decode()


def save(words: str, version: int = 0, locale: str = "en") -> SaveWords:
    return SaveWords(
        desk="desk",
        name="greeting",
        locale=locale,
        content=content(words) if words else "",
        over="",
        by="agent:sue",
        version=version,
    )


def test_versions_follow_each_other() -> None:
    """Each is a row of its own and a fact; going back to the files is one too."""
    desk = PaperDesk()
    for version, words in enumerate(("Hello.", "Welcome.", "")):
        assert desk.run(save(words, version)).version == version + 1
    assert desk.run(save("您好。", locale="zh-CN")).version == 1
    kept = [(row.locale, row.version, bool(row.content)) for row in desk.all(SavedWords)]
    assert sorted(kept) == [("en", 1, True), ("en", 2, True), ("en", 3, False), ("zh-CN", 1, True)]
    told = [row.action for row in desk.all(AuditEntry)]
    assert told == ["template.save", "template.save", "template.back_to_files", "template.save"]


def test_the_second_of_two_at_once_changes_nothing() -> None:
    """Nor does who speaks of a version that there never was."""
    desk = PaperDesk()
    desk.run(save("Hello."))
    late = desk.run(save("Hi."))
    assert isinstance(late, Refusal)
    assert (late.code, late.extra) == ("changed_meanwhile", {"version": 1, "by": "agent:sue"})
    never = desk.run(save("Hi.", version=7))
    assert (isinstance(never, Refusal), never.code) == (True, "not_found")
    assert len(desk.all(SavedWords)) == 1


def test_words_that_are_no_longer_sound_are_not_said() -> None:
    """What an older version of Parley took, and this one would not, gives way to the files."""
    kept = PaperDesk().run(save("Hello."))
    assert wording_of(kept).variants == {"": "Hello."}
    wrong = msgspec.structs.replace(kept, content=content("{% for x in y %}{% endfor %}"))
    assert wording_of(wrong) is None
    for odd in ('{"type": "colour"}', "{", '["a later version"]'):
        assert wording_of(msgspec.structs.replace(kept, content=odd)) is None


def test_words_that_were_looked_over_under_another_rulebook() -> None:
    """Are not saved: it may name what they take away. Each saving counts, also one back."""
    desk = PaperDesk()
    assert desk.run(ApplyRulebook(content="{}", by="ops")) == 1
    late = desk.run(msgspec.structs.replace(save("Hello."), rulebook=0))
    assert (isinstance(late, Refusal), late.code) == (True, "rulebook_changed")
    assert desk.desk.words == 0
    for version, words in enumerate(("Hello.", "")):
        command = msgspec.structs.replace(save(words, version), rulebook=1)
        assert desk.run(command).version == version + 1
    assert desk.desk.words == 2
