"""Open standards of the OGC, by which other programs read a territory without knowing of us."""
