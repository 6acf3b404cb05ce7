"""The whole core on a loop of virtual time, with seeded chance and faults."""
