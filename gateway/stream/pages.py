"""What screens show of conversations, kept from commit to commit where nobody else can write.

A message changes its conversation and the newest words of it. To read the rest again for each, its
contact, work, turn and who may see it, was a fifth of all that a busy node did.
"""

from collections import OrderedDict
from collections.abc import Iterable

from msgspec.structs import replace

from gateway.domain.conversation import Contact, Conversation, Status
from gateway.domain.judgement import Judgement
from gateway.domain.message import Direction, Message
from gateway.domain.promise import Promise
from gateway.domain.rows import Row
from gateway.domain.work import Offer, Turn, Work
from gateway.store.queries.http_timeline import Held, Page, Words
from gateway.verbs.change import Written

KEPT_PAGES = 8_000  # conversations; about 3 kB each
KEPT_MESSAGES = 1_000  # the newest, which are about to be told

_SHOWN = (Conversation, Contact, Message, Work, Turn, Offer, Judgement, Promise)


class Pages:
    """The conversations that were shown last. Fed with every commit, or it may keep none."""

    def __init__(self, limit: int = KEPT_PAGES) -> None:
        self._limit = limit
        self.commits = 0  # that were taken in
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._of: dict[str, set[str]] = {}  # their conversations, by contact
        self._merged: set[str] = set()  # those that show whom their contact was merged into
        self._promised: dict[str, str] = {}  # the conversation that shows a promise
        self._messages: OrderedDict[str, Message] = OrderedDict()

    def held(self, conversations: Iterable[str], messages: Iterable[str]) -> Held:
        """What is known of these."""
        pages, rows = self._pages, self._messages
        return Held(
            pages={name: pages[name] for name in conversations if name in pages},
            messages={name: rows[name] for name in messages if name in rows},
        )

    def learn(self, found: Words, commits: int) -> None:
        """Keep what was read, unless there were commits since it was asked for."""
        if commits != self.commits:
            return
        for conversation, page in found.pages.items():
            self._pages[conversation] = page
            self._pages.move_to_end(conversation)
            self._of.setdefault(page.bundle.conversation.contact, set()).add(conversation)
            contact = page.bundle.contact
            if contact is None or contact.id != page.bundle.conversation.contact:
                self._merged.add(conversation)
            if page.bundle.promise is not None:
                self._promised[page.bundle.promise.id] = conversation
        while len(self._pages) > self._limit:
            self._drop(next(iter(self._pages)))

    def clear(self) -> None:
        """Keep nothing."""
        self._pages.clear()
        self._of.clear()
        self._merged.clear()
        self._promised.clear()
        self._messages.clear()

    def committed(self, written: Written) -> None:
        """Take in what a commit has written."""
        self.commits += 1
        for kind, (puts, deletes) in written.items():
            if kind not in _SHOWN:
                continue
            if deletes:
                self.clear()
                return
            for row in puts:
                self._take(row)

    def _take(self, row: Row) -> None:
        match row:
            case Conversation():
                self._changed(row)
            case Message():
                self._said(row)
            case Contact():
                self._renamed(row)
            case Promise():
                self._drop(self._promised.get(row.id, ""))  # it may have moved
                self._drop(row.conversation)
            case Work() | Turn() | Offer() | Judgement():  # seldom: read it all anew
                self._drop(row.conversation)

    def _changed(self, conversation: Conversation) -> None:
        page = self._pages.get(conversation.id)
        if page is None:
            return
        split = conversation.status is Status.RESOLVED  # perhaps: its newest words have moved
        if split or page.bundle.conversation.contact != conversation.contact:
            self._drop(conversation.id)
            return
        bundle = replace(page.bundle, conversation=conversation)
        self._pages[conversation.id] = replace(page, bundle=bundle)

    def _said(self, message: Message) -> None:
        """The newest words between people are what a list shows; machines' own come after them."""
        if not self._limit:
            return
        self._messages[message.id] = message
        while len(self._messages) > KEPT_MESSAGES:
            self._messages.popitem(last=False)
        page = self._pages.get(message.conversation)
        if page is None or (message.direction != Direction.IN and message.automatic):
            return
        shown = page.bundle.preview
        if shown is None or shown.seq <= message.seq:
            bundle = replace(page.bundle, preview=message)
            self._pages[message.conversation] = replace(page, bundle=bundle)

    def _renamed(self, contact: Contact) -> None:
        for conversation in tuple(self._merged):  # perhaps by way of this one: they are few
            self._drop(conversation)
        for conversation in tuple(self._of.get(contact.id, ())):
            if contact.merged_into is not None:
                self._drop(conversation)
                continue
            page = self._pages[conversation]
            self._pages[conversation] = replace(page, bundle=replace(page.bundle, contact=contact))

    def _drop(self, conversation: str) -> None:
        page = self._pages.pop(conversation, None)
        if page is None:
            return
        self._merged.discard(conversation)
        if page.bundle.promise is not None:
            self._promised.pop(page.bundle.promise.id, None)
        contact = page.bundle.conversation.contact
        self._of[contact].discard(conversation)
        if not self._of[contact]:
            del self._of[contact]
