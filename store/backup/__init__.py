"""Backups: a folder that holds a database and the files beside it, and how both come back."""
