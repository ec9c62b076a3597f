"""Webhooks: other systems are told what happens to the cases that their owner sees, in order for each case."""
