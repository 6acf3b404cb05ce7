"""What every account's settings have. Pydantic, for people write them."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import InitErrorDetails

# Where a provider is called: scheme, host, and a path before all of its own.
ApiUrl = Annotated[str, Field(pattern=r"^https?://[^\s?#]+$", examples=["https://api.example"])]


def faults_at(
    faults: Iterable[tuple[tuple[str | int, ...], str]], beside: ValidationError | None = None
) -> ValidationError:
    """What a validator raises that finds several things wrong: each at its place, in its words.

    `beside`: what pydantic had found itself.
    """
    known = beside.errors(include_url=False) if beside is not None else []
    details = [
        InitErrorDetails(type=e["type"], loc=e["loc"], input=e["input"], ctx=e.get("ctx", {}))
        for e in known
    ]
    details += [
        InitErrorDetails(type="value_error", loc=loc, input=None, ctx={"error": ValueError(words)})
        for loc, words in faults
    ]
    return ValidationError.from_exception_data("settings", details)


class AccountSettings(BaseModel):
    """Base of an adapter's settings. An empty secret disables the channel.

    What several settings must be together is a `field_validator` of the last of them, by
    `info.data`: a `model_validator` of the whole would be silent while anything else is wrong.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    public_url: str = ""  # base of webhook addresses; the host's unless the account overrides it
    reply_key: SecretStr = SecretStr(
        ""
    )  # set by the core from the master key, never written by people

    def doubts(self) -> Iterable[tuple[str, str, str]]:
        """What is sound and hardly meant: which setting, what is odd about it, what to do."""
        return ()


class ProviderSettings(AccountSettings):
    """Base of the settings of an adapter that calls a provider over HTTP."""

    api_url: ApiUrl = ""  # default: the provider's own; a sandbox's for tests


class NudgeSettings(BaseModel):
    """A template that the provider approved, by its name there, with the values of its body."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=512)
    language: str = Field(min_length=2, max_length=15)  # as approved: en_US, zh_CN
    parameters: tuple[str, ...] = ()
    text: str = ""  # what it says, shown to agents


class TemplateSettings(BaseModel):
    """A template that agents may choose, by its name at the provider."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=512)
    language: str = Field(min_length=2, max_length=15)  # as approved: en_US, zh_CN
    text: str = Field(min_length=1, max_length=1_024)  # its body, with {{1}} or {{name}}
    header: Literal["", "text", "image", "video", "document"] = ""
