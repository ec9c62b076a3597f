"""Reports, and what happened to them, out of the house."""
