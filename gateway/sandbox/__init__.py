"""Local stand-ins for providers, with their wire formats and signatures."""
