"""Joint meetings: members, agenda, decisions."""
