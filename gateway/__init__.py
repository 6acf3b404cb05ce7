"""The core of Parley: what a message is, what may happen to it, and who remembers it."""
