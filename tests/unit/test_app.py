"""What the composition root decides itself."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from config import Settings
from gateway.masterkey import MASTER_KEY_FILE, derive, key_must_stand, with_master_key
from gateway.pipeline.beginning import MODEL_FILE, own_model_of
from gateway.store import StoreError
from routing.classify import Model, own_model
from routing.training import encoded


def test_the_weights_of_a_desk(tmp_path: Path) -> None:
    """Those in its data directory rule over ours; a file that holds none is no small matter."""
    assert own_model_of(tmp_path) is own_model()
    mine = Model(version="mine", topics=("order", "other"), bias=(1, 2), weights={"a": (0, 3)})
    (tmp_path / MODEL_FILE).write_bytes(encoded(mine))
    assert own_model_of(tmp_path) == mine
    (tmp_path / MODEL_FILE).write_bytes(b"nonsense")
    with pytest.raises(StoreError, match="holds no weights"):
        own_model_of(tmp_path)


def test_a_master_key_is_made_once(tmp_path: Path) -> None:
    """A desk that stands and whose key is gone is not started with another one."""
    settings = Settings.model_validate({"store": {"data": tmp_path}})
    with pytest.raises(StoreError, match=r"master\.key is gone"):
        key_must_stand(settings)
    made = with_master_key(settings)
    assert (tmp_path / MASTER_KEY_FILE).stat().st_mode & 0o777 == 0o600
    key_must_stand(settings)
    assert with_master_key(settings) == made
    (tmp_path / MASTER_KEY_FILE).unlink()
    key_must_stand(made)  # it is named


@pytest.mark.parametrize(
    ("master", "purpose"), [("k" * 64, "reply:mail"), ("密" * 40, "media-links"), ("short", "")]
)
def test_each_purpose_has_its_key(master: str, purpose: str) -> None:
    """It is HKDF's, as cryptography makes it; of no master key there is none."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    made = derive(SecretStr(master), purpose).get_secret_value()
    assert made == hkdf.derive(master.encode()).hex()
    assert derive(SecretStr(""), purpose).get_secret_value() == ""


def test_a_node_that_starts_needs_no_ciphers() -> None:
    """They take 7 MB: a node has them once it seals a second factor or opens a WeChat's words."""
    program = """
import sys
from pydantic import SecretStr
import adapters.wechat, adapters.wecom, gateway.cli.serve
from gateway.http.codes import Seal
from gateway.masterkey import derive
seal = Seal(derive(SecretStr("k" * 64), "second-factors"))
assert "cryptography" not in sys.modules
assert seal.open(seal.close("said", "emma"), "emma") == "said"
assert "cryptography" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
