"""Findings: where and when problems cluster, found each night, kept, and told in one plain sentence."""
