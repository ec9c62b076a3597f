"""What the words of a report say: of which category it may be, and whether the same was reported already."""
