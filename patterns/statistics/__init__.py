"""Where problems cluster, judged: exact tests, scans and what goes with them. Arrays in, arrays out; no SQL."""
