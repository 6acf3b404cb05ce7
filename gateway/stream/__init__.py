"""Committed events, brought to whoever follows."""
