"""What a person writes to connect a WeChat Official Account."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, SecretStr, model_validator

from adapters._shared.wechat import EncodingAesKey
from gateway.contract import ApiUrl, ProviderSettings

API_URL = "https://api.weixin.qq.com"


class WechatSettings(ProviderSettings):
    """Mode `safe` needs `encoding_aes_key`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    app_id: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$")]
    app_secret: SecretStr
    token: SecretStr
    encoding_aes_key: EncodingAesKey = SecretStr("")
    mode: Literal["plain", "safe"]
    api_url: ApiUrl = API_URL

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if self.mode == "safe" and not self.encoding_aes_key.get_secret_value():
            raise ValueError(
                "mode safe needs encoding_aes_key: the 43 characters of the account's page"
            )
        return self
