"""Leaves: each folder translates one provider's words into ours and back."""
