"""A case and its moves: decided in memory, stored in one statement."""
