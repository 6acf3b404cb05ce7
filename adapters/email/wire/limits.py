"""What a mail may be before it is read: everything beyond waits for a person, whole."""

KIB = 1024
MIB = 1024 * KIB

MAX_MAIL_BYTES = 50 * MIB
MAX_HEADER_BYTES = 64 * KIB  # one header block
MAX_HEADERS = 200  # in one header block
MAX_DEPTH = 20  # multiparts within multiparts
MAX_PARTS = 200
MAX_WRAPPINGS = 4  # wrappers within wrappers (winmail.dat, S/MIME); deeper ones stay files
MAX_ENCLOSED = 10  # mails within one whose words are shown; all of them are files
MAX_ENCLOSED_DEPTH = 3  # mails within mails whose words are shown
MAX_PARAMETERS = 100  # of one Content-Type; the rest is not looked at
MAX_ADDRESSES = 500  # of one header; the rest is not looked at
MAX_REFERENCES = 100  # the newest
MAX_LOOKALIKES = 100_000  # lines that begin like a delimiter and are none
MAX_HTML_CHARS = 1_000_000  # a longer one is cut, and attached whole
MAX_TEXT_CHARS = 1_000_000  # the same
MAX_LINES = 100_000  # in longer bodies nobody looks for quotes
MAX_SUBJECT_CHARS = 998
MAX_NAME_CHARS = 200


class BeyondLimits(Exception):
    """The mail is larger or deeper than mails are; the message says which limit it breaks."""
