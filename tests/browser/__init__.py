"""The rooms, driven by a real browser."""
