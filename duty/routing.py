"""Which desk or organisation a case goes to: rules as data, the first that fits wins, and says why. Pure."""

__all__: list[str] = []
