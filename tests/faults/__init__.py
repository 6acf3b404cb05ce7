"""A whole node as its users run it, killed, cut off and lied to, while a ledger is kept."""
