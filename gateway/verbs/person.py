"""Who somebody is in the end: a merge is a pointer from one contact to another."""

import re
from collections.abc import Generator, Iterable, Iterator

from msgspec.structs import replace

from gateway.contract.inbound import InboundMessage
from gateway.domain.conversation import Contact, Identity
from gateway.domain.ids import address_of
from gateway.domain.language import is_chinese, is_traditional, locale_of, read_by
from gateway.verbs.change import Change, Lookup, View, by_index, by_key

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")  # of lines, and other controls


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


def as_written(contact: Contact, locale: str) -> Contact:
    """A contact, known for the script in which they wrote last; what somebody of us set stays."""
    if contact.language_set or not is_chinese(contact.language) or not is_chinese(locale):
        return contact
    if is_traditional(contact.language) == is_traditional(locale):
        return contact
    return replace(contact, language=locale)


def writer_of(change: Change, account: str, event: InboundMessage, locale: str) -> Contact:
    """The person behind the sender's address; a new one when nobody wrote from it before.

    locale: of the desk, by which their Chinese is read where neither words nor page tell.
    """
    desk = change.desk.id
    name = _BREAKS.sub(" ", event.sender_name).strip()
    identity = change.get(Identity, desk, event.sender)
    if identity is not None:
        contact = of(change, identity.contact)
        assert contact is not None, f"identity {event.sender} has no contact"
        if name and name != identity.name:
            change.put(replace(identity, name=name, seen_at=change.now))
        return contact
    contact = change.put(
        Contact(
            id=change.new_id(),
            desk=desk,
            name=name or _BREAKS.sub(" ", address_of(event.sender)),
            language=locale_of(event.text, (read_by(event.locale, locale),)),
            language_set=False,
            vip=False,
            blocked=False,
            merged_into=None,
            conversation=None,
            attributes="{}",
            created_at=change.now,
        )
    )
    change.put(
        Identity(
            desk=desk,
            urn=event.sender,
            contact=contact.id,
            name=name,
            verified=event.verified,
            opted_out=False,
            account=account,
            seen_at=change.now,
        )
    )
    return contact
