"""What went wrong between us and a mail server, as a person would say it."""

from aiosmtplib import SMTPConnectError, SMTPResponseException

from gateway import outward

LATE = "the server does not answer in time"


def in_words(error: BaseException) -> str:
    """The server's own words where it said any, else the system's, else what little is known."""
    match error:
        case SMTPResponseException():
            return f"{error.code} {error.message}"
        case TimeoutError():
            return LATE
        case SMTPConnectError() if isinstance(error.__cause__, OSError):
            return f"cannot connect: {outward.in_words(error.__cause__)}"
        case OSError():
            return outward.in_words(error)
    return str(error) or outward.BROKE
