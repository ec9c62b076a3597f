"""Space, pure: datums, boundaries, the grid in memory. No SQL and no HTTP."""
