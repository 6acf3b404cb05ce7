"""Settings of a node and the desk's rulebook: types, loading, defaults."""
