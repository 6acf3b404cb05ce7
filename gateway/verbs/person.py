"""Who somebody is in the end: a merge is a pointer from one contact to another."""

from collections.abc import Generator, Iterable, Iterator

from gateway.domain.conversation import Contact
from gateway.verbs.change import Change, Lookup, View, by_index, by_key


def reads(view: View, contact: str) -> Generator[Lookup, None, Contact | None]:
    """A contact and whom they were merged into; who they are in the end, once that is known."""
    found: Contact | None = None
    following: str | None = contact
    while following is not None:
        yield by_key(Contact, following)
        found = view.peek(Contact, following)
        following = found.merged_into if found is not None else None
    return found


def of(change: Change, contact: str) -> Contact | None:
    """Who a contact is in the end; themselves when they were never merged."""
    found = change.get(Contact, contact)
    while found is not None and found.merged_into is not None:
        found = change.get(Contact, found.merged_into)
    return found


def reads_merged(view: View, contact: str) -> Iterable[Lookup]:
    """All who were merged into somebody, over however many steps."""
    yield by_index(Contact, "merged", contact)
    for merged in view.peek_by(Contact, "merged", contact):
        yield from reads_merged(view, merged.id)


def family(change: Change, contact: str) -> Iterator[str]:
    """A contact, and all who were merged into them."""
    yield contact
    for merged in change.by(Contact, "merged", contact):
        yield from family(change, merged.id)
