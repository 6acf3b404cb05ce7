"""Where the rooms meet: what comes in, what goes out, who decides."""
