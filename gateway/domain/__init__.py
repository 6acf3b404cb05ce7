"""Pure nouns: ids, messages, outcomes, conversations, calls, events and the clock."""
