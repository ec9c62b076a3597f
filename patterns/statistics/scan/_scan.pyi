from typing import Any

MOST_WINDOWS: int

def peaks(
    order: Any,
    length: Any,
    cell: Any,
    age: Any,
    stratum: Any,
    windows: int,
    least: int,
    score: Any,
    zone: Any,
    window: Any,
    /,
) -> None: ...
def replicates(
    order: Any,
    length: Any,
    cell: Any,
    age: Any,
    stratum: Any,
    windows: int,
    least: int,
    seed: int,
    first: int,
    floor: float,
    enough: float,
    score: Any,
    /,
) -> None: ...
