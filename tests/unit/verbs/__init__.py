"""The desk's commands, on a desk that is a dictionary."""
