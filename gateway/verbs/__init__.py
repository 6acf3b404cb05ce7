"""What each command reads and what it changes; pure."""
