"""The doors of a whole node, over real sockets."""
