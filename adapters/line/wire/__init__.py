"""LINE's words into ours and back. Pure."""
