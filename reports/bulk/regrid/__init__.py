"""Stored reports and open cases handed on to another edition of the grid."""
