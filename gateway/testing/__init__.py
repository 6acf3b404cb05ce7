"""The adapter test kit, versioned with the contract."""
