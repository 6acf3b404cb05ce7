"""The configuration that README shows is whole, and does what one expects of it."""

import re
from pathlib import Path

from config import load
from gateway.pipeline.inforce import InForce
from gateway.registry import Registry

README = Path(__file__).parents[3] / "README.md"


def test_readmes_configuration(tmp_path: Path) -> None:
    """No fault stands in it, and whoever writes hears once that it has come."""
    (shown,) = re.findall(r"```yaml\n(host:.*?)```", README.read_text(), re.DOTALL)
    for path in ("/etc/parley/master.key", "/run/secrets/twilio"):
        secret = tmp_path / Path(path).name
        secret.write_text("00" * 32)
        secret.chmod(0o600)
        shown = shown.replace(path, str(secret))
    shown = shown.replace("/var/lib/parley", str(tmp_path / "data")).replace(
        "AC...", "AC" + "0" * 32
    )
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "desk.yaml").write_text(shown)
    registry = Registry.load()
    types = {name: registry.get(name).settings_type for name in registry.names()}
    loaded = load(tmp_path / "config", types, {})
    assert not loaded.faults
    inforce = InForce(1, loaded.rulebook)
    for channel in ("webchat", "sms"):
        assert inforce.automatic("acknowledged", channel) is not None
