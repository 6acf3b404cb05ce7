"""The stream: hub, words, CloudEvents."""
