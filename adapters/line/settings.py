"""What a person writes to connect a LINE Official Account."""

from pydantic import SecretStr

from gateway.contract import ApiUrl, ProviderSettings

API_URL = "https://api.line.me"


class LineSettings(ProviderSettings):
    """Both are in the LINE Developers console: Basic settings, and Messaging API."""

    channel_secret: SecretStr
    channel_access_token: SecretStr
    reply_tokens: bool = False  # free of charge within a minute; what is lost then is unknown
    api_url: ApiUrl = API_URL
