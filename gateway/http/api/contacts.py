"""Contacts: the people, their addresses, what we know of them."""

from typing import Annotated, Any

import msgspec

from gateway.domain.conversation import Contact
from gateway.domain.ids import scheme_of
from gateway.http.api.sight import seen
from gateway.http.errors import Problem
from gateway.http.policy import Permission, scope_of
from gateway.http.routes import MAX_PAGE, PAGE, Call, Routes
from gateway.http.writes import submit
from gateway.store.queries import http_people, http_rows
from gateway.stream.basis import Shape
from gateway.stream.shapes import ConversationRow, conversation_row
from gateway.verbs.contact import EditContact
from gateway.verbs.merge import MergeContacts, UnmergeContact

routes = Routes("Contacts")

MAX_ATTRIBUTES = 100
Text = Annotated[str, msgspec.Meta(max_length=500)]
Key = Annotated[str, msgspec.Meta(pattern=r"\S", max_length=500)]


class IdentityView(Shape, frozen=True, kw_only=True):
    """An address of a person. `contact`: whose it is, they or one who was merged into them."""

    urn: str
    contact: str
    name: str
    verified: bool
    opted_out: bool
    channel: str
    account: str


class MergedView(Shape, frozen=True, kw_only=True):
    """A contact that is the same person, and which it was merged into."""

    id: str
    name: str
    into: str


class ContactWhole(Shape, frozen=True, kw_only=True):
    """A person with their conversations, the last changed first."""

    id: str
    name: str
    language: str
    vip: bool
    blocked: bool
    attributes: dict[str, str]
    identities: tuple[IdentityView, ...]
    merged: tuple[MergedView, ...]
    conversations: tuple[ConversationRow, ...]


class ContactInList(Shape, frozen=True, kw_only=True):
    """A person in a list."""

    id: str
    name: str
    language: str
    vip: bool
    blocked: bool


class ContactQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Part of a name or an address."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    cursor: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = PAGE


class ContactPage(Shape, frozen=True, kw_only=True):
    """A page of people."""

    items: tuple[ContactInList, ...]
    next: str | None


class MergeInto(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who it is the same person as."""

    into: str


class ContactEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is left out stays."""

    name: Text | None = None
    language: Annotated[str, msgspec.Meta(max_length=35)] | None = None
    vip: bool | None = None
    blocked: bool | None = None
    attributes: Annotated[dict[Key, Text], msgspec.Meta(max_length=MAX_ATTRIBUTES)] | None = None


def contact_whole(
    call: Call, person: http_people.Person, bundles: list[http_rows.Bundle]
) -> ContactWhole:
    """A person with their conversations."""
    return ContactWhole(
        **_fields(call, person),
        conversations=tuple(conversation_row(b, call.house.channel_of) for b in bundles),
    )


def _fields(call: Call, person: http_people.Person) -> dict[str, Any]:
    contact = person.contact
    return {
        "id": contact.id,
        "name": contact.name,
        "language": contact.language,
        "vip": contact.vip,
        "blocked": contact.blocked,
        "attributes": msgspec.json.decode(contact.attributes or "{}", type=dict[str, str]),
        "identities": tuple(
            IdentityView(
                urn=i.urn,
                contact=i.contact,
                name=i.name,
                verified=i.verified,
                opted_out=i.opted_out,
                channel=call.house.channel_of(i.account) or scheme_of(i.urn),
                account=i.account,
            )
            for i in person.identities
        ),
        "merged": tuple(
            MergedView(id=c.id, name=c.name, into=c.merged_into or "") for c in person.merged
        ),
    }


async def person_of(call: Call, contact: str = "") -> http_people.Person:
    """The person that the path names, or this id. Raises Problem 404 when out of sight."""
    wanted = contact or call.param("id")
    found = await call.house.store.read(http_people.person, call.desk, wanted, scope_of(call.actor))
    if found is None:
        raise Problem("not_found", f"There is no contact {wanted}.")
    return found


def _in_list(c: Contact) -> ContactInList:
    return ContactInList(id=c.id, name=c.name, language=c.language, vip=c.vip, blocked=c.blocked)


async def _whole(call: Call) -> ContactWhole:
    person = await person_of(call)
    bundles = await call.house.store.read(http_rows.bundles, person.conversations)
    return contact_whole(call, person, bundles)


@routes.get(
    "/api/v1/contacts", allow=Permission.CONTACT_READ, query=ContactQuery, answer=ContactPage
)
async def list_contacts(call: Call) -> ContactPage:
    """People whose name or address has these words."""
    asked: ContactQuery = call.query
    found = await call.house.store.read(
        http_people.people,
        call.desk,
        asked.q.strip(),
        scope_of(call.actor),
        asked.cursor,
        asked.limit + 1,
    )
    page = found[: asked.limit]
    return ContactPage(
        items=tuple(map(_in_list, page)),
        next=page[-1].id if len(found) > asked.limit else None,
    )


@routes.get("/api/v1/contacts/{id}", allow=Permission.CONTACT_READ, answer=ContactWhole)
async def read_contact(call: Call) -> ContactWhole:
    """One person, with addresses and conversations."""
    return await _whole(call)


@routes.patch(
    "/api/v1/contacts/{id}",
    allow=Permission.CONTACT_WRITE,
    body=ContactEdit,
    answer=ContactWhole,
)
async def edit_contact(call: Call) -> ContactWhole:
    """Correct what we know of a person."""
    person, asked = await person_of(call), call.body
    command = EditContact(
        desk=call.desk,
        contact=person.contact.id,
        by=call.actor.name,
        name=asked.name.strip() if asked.name is not None else None,
        language=asked.language,
        vip=asked.vip,
        blocked=asked.blocked,
        attributes=asked.attributes,
    )
    await submit(call, command, Contact)
    return await _whole(call)


@routes.post(
    "/api/v1/contacts/{id}/merge",
    allow=Permission.CONTACT_MERGE,
    body=MergeInto,
    answer=ContactWhole,
)
async def merge_contact(call: Call) -> ContactWhole:
    """It is the same person as another contact: both go by that one from now on.

    Of two open conversations the younger goes on in the elder. Unmerge takes it back.
    """
    for each in (await person_of(call), await person_of(call, call.body.into)):
        for standing in await call.house.store.read(http_people.open_with, each.contact.id):
            await seen(call, standing)  # it may end, or be somebody else's from now on
    command = MergeContacts(
        desk=call.desk, contact=call.param("id"), into=call.body.into, by=call.actor.name
    )
    await submit(call, command, Contact)
    return await _whole(call)


@routes.post(
    "/api/v1/contacts/{id}/unmerge",
    allow=Permission.CONTACT_MERGE,
    answer=ContactInList,
)
async def unmerge_contact(call: Call) -> ContactInList:
    """It is not who it was merged into; new messages are its own again.

    What was written meanwhile stays where it was written.
    """
    await person_of(call)
    command = UnmergeContact(desk=call.desk, contact=call.param("id"), by=call.actor.name)
    return _in_list(await submit(call, command, Contact))
