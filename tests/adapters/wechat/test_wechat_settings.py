"""What a person may write to connect an account, and the words when it is wrong."""

import pytest
from pydantic import ValidationError

from adapters.wechat.settings import WechatSettings
from tests.adapters.wechat.deliveries import AES_KEY

BASE = {"app_id": "wx1", "app_secret": "s3cret-of-app", "token": "s3cret-token", "mode": "plain"}

GOOD = [
    {},
    {"mode": "safe", "encoding_aes_key": AES_KEY},
    {"token": ""},  # closes the channel
    {"app_id": "app-id", "api_url": "http://127.0.0.1:8080"},
]

BAD = [
    ({"mode": "safe"}, "mode safe needs encoding_aes_key"),
    ({"passive": {"message": "字" * 683}}, "longer than 2048 bytes"),
    ({"mode": "both"}, "'plain' or 'safe'"),
    ({"encoding_aes_key": "s3cret-short"}, "43 characters|no base64"),
    ({"app_id": ""}, "at least 1 character"),
    ({"api_url": "ftp://x"}, "should match pattern"),
    ({"colour": "red"}, "Extra inputs"),
]


@pytest.mark.parametrize("changes", GOOD)
def test_good(changes: dict) -> None:
    """Both modes, another address of the API, an empty secret."""
    assert WechatSettings(**(BASE | changes)).api_url.startswith("http")


@pytest.mark.parametrize(("changes", "words"), BAD)
def test_bad(changes: dict, words: str) -> None:
    """What cannot work is refused, and neither settings nor errors show a secret."""
    with pytest.raises(ValidationError, match=words) as caught:
        WechatSettings(**(BASE | changes))
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(WechatSettings(**BASE))
