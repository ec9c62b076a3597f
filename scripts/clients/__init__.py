"""Clients that are generated from the description of the API: made, compiled and used."""
