"""Pure nouns: what Parley speaks of. Nothing but the standard library and msgspec."""
