"""The only memory: one lock per desk, one log, one job table."""
