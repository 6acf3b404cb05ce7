"""The command by which a template says something else from now on."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from gateway.domain.events import WordsChanged
from gateway.domain.outcome import Refusal
from gateway.domain.savedwords import SavedWords
from gateway.verbs.change import Change, Lookup, View, by_key
from gateway.verbs.refusals import changed_meanwhile, not_found, rulebook_changed


class SaveWords(msgspec.Struct, kw_only=True):
    """Save the words of a template in a locale over the version that their author had before them.

    Without content, what the files say is in force again.
    """

    failpoint: ClassVar[str] = "write"

    desk: str
    name: str
    locale: str
    content: str
    over: str
    by: str
    version: int  # that was changed; 0: nobody had saved any
    note: str = ""
    rulebook: int | None = None  # version by which they were found sound

    def reads(self, view: View) -> Iterable[Lookup]:
        """The version that was changed, and one that may have followed it meanwhile."""
        return (self._key(self.version), self._key(self.version + 1))

    def _key(self, version: int) -> Lookup:
        return by_key(SavedWords, self.desk, self.name, self.locale, version)

    def decide(self, change: Change) -> SavedWords | Refusal:
        """The words as they are kept."""
        place = (self.desk, self.name, self.locale)
        following = change.get(SavedWords, *place, self.version + 1)
        if following is not None:
            return changed_meanwhile(following.version, following.by)
        if self.version and change.get(SavedWords, *place, self.version) is None:
            return not_found("version", str(self.version))
        if self.rulebook is not None and self.rulebook != change.desk.rulebook:
            return rulebook_changed(change.desk.rulebook, self.rulebook)
        kept = change.put(
            SavedWords(
                desk=self.desk,
                name=self.name,
                locale=self.locale,
                version=self.version + 1,
                content=self.content,
                over=self.over,
                note=self.note,
                by=self.by,
                at=change.now,
            )
        )
        change.set_desk(words=change.desk.words + 1)
        what = "template.save" if self.content else "template.back_to_files"
        where = f"{self.name} {self.locale}"
        change.audit(self.by, what, where, f"version {kept.version}")
        changed = WordsChanged(
            template=self.name, locale=self.locale, version=kept.version, by=self.by
        )
        change.record(changed, self.by)
        return kept
