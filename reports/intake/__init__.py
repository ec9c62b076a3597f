"""How a report comes in: datum, base grid, desk, clock, number, contact."""
