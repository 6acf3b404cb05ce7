"""The words of mail into ours, and ours into mail. Pure: no I/O, no settings, no clock."""
