"""A provider's words into ours and back, as the account's settings say. Pure."""
