"""What a person writes to connect a WeChat Official Account."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

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

    app_id: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$")]
    app_secret: SecretStr
    token: SecretStr
    encoding_aes_key: EncodingAesKey = SecretStr("")
    mode: Literal["plain", "safe"]
    passive: Passive = Passive()
    api_url: ApiUrl = API_URL

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if self.mode == "safe" and not self.encoding_aes_key.get_secret_value():
            raise ValueError(
                "mode safe needs encoding_aes_key: the 43 characters of the account's page"
            )
        return self
