"""The master key: one that is named, or one that the node makes at its first start and keeps."""

import hmac

import structlog
from pydantic import SecretStr

from config import Settings
from config.secret_files import kept_secret
from gateway.store import StoreError

log = structlog.get_logger(__name__)

MASTER_KEY_FILE = "master.key"
HASH = "sha256"
HASH_BYTES = 32


def with_master_key(settings: Settings) -> Settings:
    """The settings with a master key: the configured one, else one kept in the data directory."""
    if settings.security.master_key.get_secret_value():
        return settings
    path = settings.store.data / MASTER_KEY_FILE
    log.warning("no master key is configured; one is kept with the data", path=str(path))
    security = settings.security.model_copy(update={"master_key": kept_secret(path)})
    return settings.model_copy(update={"security": security})


def key_must_stand(settings: Settings) -> None:
    """Raise StoreError when the key of a desk that stands already is gone.

    With another one, whoever answers an older mail of it would be a stranger.
    """
    path = settings.store.data / MASTER_KEY_FILE
    if not settings.security.master_key.get_secret_value() and not path.exists():
        raise StoreError(
            f"there is a desk, but {path} is gone, which holds its master key; put it back, or name"
            " a key by security.master_key_file"
        )


def derive(master_key: SecretStr, purpose: str) -> SecretStr:
    """A key of its own for each purpose; empty when there is no master key.

    HKDF (RFC 5869) without salt, its first block. The library's would bring all of cryptography
    into every node.
    """
    master = master_key.get_secret_value()
    if not master:
        return SecretStr("")
    extracted = hmac.digest(bytes(HASH_BYTES), master.encode(), HASH)
    return SecretStr(hmac.digest(extracted, purpose.encode() + b"\x01", HASH).hex())
