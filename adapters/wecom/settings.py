"""What a person writes to connect WeCom customer service."""

from typing import Annotated

from pydantic import ConfigDict, Field, SecretStr

from adapters._shared.wechat import EncodingAesKey
from gateway.contract import ApiUrl, ProviderSettings

API_URL = "https://qyapi.weixin.qq.com"


UserId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]


class WecomSettings(ProviderSettings):
    """`secret` is that of customer service (微信客服), not of another application."""

    model_config = ConfigDict(hide_input_in_errors=True)

    corp_id: Annotated[
        str, Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$", examples=["ww0123456789abcdef"])
    ]
    secret: SecretStr
    token: SecretStr
    encoding_aes_key: EncodingAesKey
    servicers: dict[str, UserId] = Field(
        default={}, examples=["LiMing"]
    )  # login -> user id there, of who answers there
    pools: tuple[str, ...] = ()  # queues whose customers wait in WeCom's pool
    open_kfid: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_-]*$", examples=["wk0123456789abcdef"])
    ] = ""
    api_url: ApiUrl = API_URL
