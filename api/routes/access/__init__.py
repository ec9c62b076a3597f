"""Accounts, sessions, tokens, keys, and signing in by a provider."""
