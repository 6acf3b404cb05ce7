"""What the composition root decides itself."""

from pathlib import Path

import pytest

from config import Settings
from gateway.masterkey import MASTER_KEY_FILE, key_must_stand, with_master_key
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
