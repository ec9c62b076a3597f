"""What each move does to a case."""
