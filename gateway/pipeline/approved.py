"""A template that its provider approved, as an agent chose it: has it all that it needs? Pure."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from gateway.contract import Adapter, ApprovedTemplate, KnownTemplate, SendsTemplates
from gateway.domain.outcome import Refusal
from gateway.verbs.message import File

STATUS = 422

# https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates
_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}")
_FAMILIES = {"image": ("image/",), "video": ("video/",), "document": ("application/", "text/")}

NO_TEMPLATES = Refusal(
    code="no_templates",
    detail="This channel has no templates that its provider approves.",
    what_to_do="Write the words themselves.",
    status=STATUS,
)


def worded(
    adapter: Adapter, asked: ApprovedTemplate, files: Sequence[File]
) -> ApprovedTemplate | Refusal:
    """The template with what it says, for the people of the desk; or what it still needs.

    Of one that the account does not name only its provider knows what belongs to it.
    """
    if not isinstance(adapter, SendsTemplates):
        return NO_TEMPLATES
    asked = replace(asked, parameters=tuple(map(_line, asked.parameters)))
    wanted = (asked.name, asked.language)
    known = next((k for k in adapter.templates() if (k.name, k.language) == wanted), None)
    if known is None:
        return replace(asked, text=asked.text or asked.name)
    values = dict(zip(_names(asked), asked.parameters, strict=False))
    refusal = _incomplete(known, values) or _header(known, asked, files)
    if refusal is not None:
        return refusal
    return replace(asked, text=_PLACE.sub(lambda place: values[place[1]], known.text))


def places(text: str) -> tuple[str, ...]:
    """What a template's body asks for, each once, in its order."""
    return tuple(dict.fromkeys(_PLACE.findall(text)))


def _line(value: str) -> str:
    """A value may hold neither line ends nor tabs nor many spaces: its provider refuses them."""
    return " ".join(value.split())


def _names(asked: ApprovedTemplate) -> Sequence[str]:
    return asked.names or [str(number) for number, _ in enumerate(asked.parameters, start=1)]


def _incomplete(known: KnownTemplate, values: dict[str, str]) -> Refusal | None:
    wanted = places(known.text)
    missing = [name for name in wanted if not values.get(name)]
    foreign = [name for name in values if name not in wanted]
    if not missing and not foreign:
        return None
    told = [f"needs a value for {', '.join(missing)}"] if missing else []
    told += [f"has no place for {', '.join(foreign)}"] if foreign else []
    return Refusal(
        code="template_values",
        detail=f"The template {known.name} {' and '.join(told)}.",
        what_to_do=f"Give one value for each of: {', '.join(wanted) or 'nothing at all'}.",
        status=STATUS,
        extra={"missing": missing, "foreign": foreign},
    )


def _header(known: KnownTemplate, asked: ApprovedTemplate, files: Sequence[File]) -> Refusal | None:
    """What stands above the words must be there, and nothing else."""
    families = _FAMILIES.get(known.header, ())
    has_words = bool(asked.header.strip()) == (known.header == "text")
    has_file = len(files) == bool(families) and all(
        file.media_type.startswith(families) for file in files
    )
    if has_words and has_file:
        return None
    header = known.header or "nothing"
    return Refusal(
        code="template_header",
        detail=f"Above the words of the template {known.name} stands: {header}.",
        what_to_do=f"Attach one {known.header}."
        if families
        else "Give the words of its header, and no file."
        if known.header
        else "Leave the header and the files away.",
        status=STATUS,
    )
