"""The parts of the doors, each by itself."""
