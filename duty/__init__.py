"""Who answers for which cells: desks, officers and their leave, organisations, routing rules."""
