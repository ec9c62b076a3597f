"""The feed: what happened to reports, in an order that never skips an event, for everything that follows."""
