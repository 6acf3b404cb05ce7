"""Whether our own mail server found that the sender's address is real (RFC 8601).

Only the topmost field of the configured authserv-id counts: our server writes it above whatever the
sender put in. No authserv-id configured: nobody is believed.
"""

import re

from adapters.email.wire.structure import Headers

_COMMENT_OR_QUOTE = re.compile(r'[()"\\]')
_LONGEST = 8_000


def is_aligned(headers: Headers, authserv_id: str, domain: str) -> bool:
    """Whether DMARC passed for exactly this From domain."""
    if not authserv_id or not domain:
        return False
    for field in headers.every("authentication-results"):
        identity, _, results = _plain(field[:_LONGEST].decode("latin-1")).partition(";")
        if identity.split()[:1] == [authserv_id.lower()]:
            return any(_dmarc_pass(result, domain) for result in results.split(";"))
    return False


def _dmarc_pass(result: str, domain: str) -> bool:
    words = result.replace(" =", "=").replace("= ", "=").split()
    if words[:1] != ["dmarc=pass"]:
        return False
    properties = dict(word.split("=", 1) for word in words[1:] if "=" in word)
    return properties.get("header.from", "").rpartition("@")[2].strip('"') == domain.lower()


def _plain(text: str) -> str:
    """In lower case, without comments; what is quoted loses its semicolons."""
    out: list[str] = []
    depth = 0
    quoted = False
    position = 0
    while (found := _COMMENT_OR_QUOTE.search(text, position)) is not None:
        if not depth:
            piece = text[position : found.start()]
            out.append(piece.replace(";", " ") if quoted else piece)
        position = found.end()
        match found.group():
            case "\\":
                position += 1
            case '"' if not depth:
                quoted = not quoted
            case "(" if not quoted:
                depth += 1
            case ")" if not quoted and depth:
                depth -= 1
    if not depth:
        out.append(text[position:])
    return "".join(out).lower()
