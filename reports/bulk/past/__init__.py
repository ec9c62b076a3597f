"""Cases that ended elsewhere: imported with when they were due, handled and closed."""
