"""What the composition root decides itself."""

from pathlib import Path

import pytest

from gateway.app import MODEL_FILE, own_model_of
from gateway.store import StoreError
from routing.classify import Model, own_model
from routing.training import encoded


def test_the_weights_of_a_desk(tmp_path: Path) -> None:
    """Those in its data directory rule over ours; a file that holds none is no small matter."""
    assert own_model_of(tmp_path) is own_model()
    mine = Model(version="mine", topics=("order", "other"), bias=(1, 2), weights={"a": [0, 3]})
    (tmp_path / MODEL_FILE).write_bytes(encoded(mine))
    assert own_model_of(tmp_path) == mine
    (tmp_path / MODEL_FILE).write_bytes(b"nonsense")
    with pytest.raises(StoreError, match="holds no weights"):
        own_model_of(tmp_path)
