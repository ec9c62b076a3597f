"""Who works on the server itself, as records call them."""

from getpass import getuser

__all__ = ["by"]


def by() -> str:
    """What records call whoever works on the server itself."""
    return f"shell:{getuser()}"
