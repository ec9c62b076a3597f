"""What every route stands on: who asks, connections, errors, limits, caching, what is observed."""
