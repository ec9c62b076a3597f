"""Assets: lamps, hydrants, manholes, each a point with a number, which reports are about."""
