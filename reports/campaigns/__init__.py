"""Campaigns: a time with its own categories and checklists, whose cases no other figures count."""
