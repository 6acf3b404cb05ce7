"""Edit what we know of a person."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from gateway.domain.conversation import Contact
from gateway.domain.outcome import Refusal
from gateway.verbs import person
from gateway.verbs.change import Change, Lookup, View
from gateway.verbs.refusals import not_found


class EditContact(msgspec.Struct, kw_only=True):
    """Change the fields given of who somebody is in the end; None leaves a field as it is."""

    failpoint: ClassVar[str] = "write"

    desk: str
    contact: str
    by: str
    name: str | None = None
    language: str | None = None
    vip: bool | None = None
    blocked: bool | None = None
    attributes: Mapping[str, str] | None = None

    def reads(self, view: View) -> Iterable[Lookup]:
        """The contact, and who they are in the end."""
        yield from person.reads(view, self.contact)

    def decide(self, change: Change) -> Contact | Refusal:
        """The contact as it stands now."""
        contact = person.of(change, self.contact)
        if contact is None or contact.desk != self.desk:
            return not_found("contact", self.contact)
        fields = {
            "name": self.name,
            "language": self.language,
            "language_set": None if self.language is None else True,
            "vip": self.vip,
            "blocked": self.blocked,
            "attributes": (
                None
                if self.attributes is None
                else msgspec.json.encode(dict(self.attributes)).decode()
            ),
        }
        given = {name: value for name, value in fields.items() if value is not None}
        if not given:
            return contact
        told = sorted(given.keys() - {"language_set"})
        change.audit(self.by, "contact.edit", contact.id, " ".join(told))
        return change.put(replace(contact, **given))
