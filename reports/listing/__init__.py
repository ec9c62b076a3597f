"""Reports found and listed, one page after the other."""
