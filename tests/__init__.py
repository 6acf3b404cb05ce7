"""The specification, as tables and sentences."""
