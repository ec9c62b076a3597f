"""Two periods or two kinds beside each other, cell by cell: which differ by more than chance, and by how much."""
