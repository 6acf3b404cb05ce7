"""Who answers, and by when: pure decisions about work, agents and time."""
