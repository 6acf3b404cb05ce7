"""What a person writes to connect a WeChat Official Account."""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from adapters._shared.wechat import EncodingAesKey
from gateway.contract import ApiUrl, ProviderSettings

API_URL = "https://api.weixin.qq.com"


MAX_SAID_BYTES = 2_048


def _short(text: str) -> str:
    if len(text.encode()) > MAX_SAID_BYTES:
        raise ValueError(f"is longer than {MAX_SAID_BYTES} bytes, which WeChat does not take")
    return text


Said = Annotated[str, AfterValidator(_short)]


class Passive(BaseModel):
    """Words that answer WeChat's own request. They count against no window and no budget."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    follow: Said = ""  # to who follows the account
    clicks: dict[str, Said] = {}  # to who taps the menu's entry of this key
    message: Said = ""  # to every message


class WechatSettings(ProviderSettings):
    """Mode `safe` needs `encoding_aes_key`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    app_id: Annotated[
        str, Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$", examples=["wx0123456789abcdef"])
    ]
    app_secret: SecretStr
    token: SecretStr
    mode: Literal["plain", "safe"]
    encoding_aes_key: EncodingAesKey = Field(default=SecretStr(""), validate_default=True)
    passive: Passive = Passive()
    api_url: ApiUrl = API_URL

    @field_validator("encoding_aes_key")
    @classmethod
    def _has_a_key(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("mode") == "safe" and not key.get_secret_value():
            raise ValueError(
                "mode safe needs encoding_aes_key: the 43 characters of the account's page"
            )
        return key
