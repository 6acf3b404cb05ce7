"""Any provider that speaks JSON or forms over HTTP, by configuration alone."""

from adapters.generic.adapter import GenericAdapter

__all__ = ["GenericAdapter"]
