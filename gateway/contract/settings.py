"""What every account's settings have. Pydantic, for people write them."""

from pydantic import BaseModel, ConfigDict, SecretStr


class AccountSettings(BaseModel):
    """Base of an adapter's settings. An empty secret disables the channel."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    public_url: str = ""  # base of webhook addresses; the host's unless the account overrides it
    reply_key: SecretStr = SecretStr(
        ""
    )  # set by the core from the master key, never written by people


class ProviderSettings(AccountSettings):
    """Base of the settings of an adapter that calls a provider over HTTP."""

    api_url: str = ""  # default: the provider's own; a sandbox's for tests
