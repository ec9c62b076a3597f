"""The reporter's own way to their case: the secret that proves it, what they are shown, how they judge it."""
