"""Who answers, by which rules and limits."""
