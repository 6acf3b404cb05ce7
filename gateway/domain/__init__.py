"""Pure nouns: what Parley speaks of. No I/O, no time, nothing but the standard library and msgspec."""
