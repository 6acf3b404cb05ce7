"""What `parley serve` and `parley demo` have read once they run, for tests.forked."""

import gc

import gateway.cli.demo
import gateway.cli.serve  # noqa: F401
from gateway.registry import Registry

registry = Registry.load()
for name in registry.names():
    registry.get(name)
gc.freeze()
