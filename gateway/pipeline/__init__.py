"""Where rooms meet: the order of steps in, out, and between."""
