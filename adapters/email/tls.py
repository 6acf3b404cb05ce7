"""How connections to mail servers are encrypted."""

import ssl


def client_context() -> ssl.SSLContext:
    """Certificates are checked against the machine's authorities, and so is the host's name."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
