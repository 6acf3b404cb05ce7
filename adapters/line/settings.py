"""What a person writes to connect a LINE Official Account."""

from typing import Annotated

from pydantic import Field, SecretStr

from gateway.contract import ProviderSettings

API_URL = "https://api.line.me"


class LineSettings(ProviderSettings):
    """Both are in the LINE Developers console: Basic settings, and Messaging API."""

    channel_secret: SecretStr
    channel_access_token: SecretStr
    api_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] = API_URL
