"""The Cloud API's words. Pure."""
