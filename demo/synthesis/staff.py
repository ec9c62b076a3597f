"""Who answers for Xinhua in the demo: officers, assistants, branches, groups, bodies. None of them is anybody."""

import csv
import json
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from wangge.data import DATA
from wangge.demo.synthesis.cells import shares_of
from wangge.demo.synthesis.territories import XINHUA
from wangge.geo.files.tomltext import toml_text

__all__ = ["BEGIN", "MARK", "names_of", "staff", "write_sheet"]

OFFICERS = 422
ASSISTANTS = 1523
BRANCHES = 86
GROUPS = 281
MEMBERS = 148

MARK = "（合成）"
"""Stands behind every invented name, so that nobody takes it for a real one."""

BEGIN = date(2025, 1, 1)
AWAY = 0.3
"""Share of the officers who are away once in the year."""


@dataclass(frozen=True)
class Place:
    """A base grid with the community and the street that it lies in."""

    code: str
    community: str
    short: str
    street: str
    households: int


def staff(data: Path) -> None:
    """Write the roster, leave, organisations and members of the joint meeting of Xinhua."""
    folder = data / "boundaries" / XINHUA.code
    known = tomllib.loads((Path(__file__).parent / "people.toml").read_text(encoding="utf-8"))
    rng = np.random.default_rng(XINHUA.seed)
    places = _places(DATA / "boundaries" / XINHUA.code)
    names = names_of(known, rng)
    write_sheet(folder / "roster.csv", ("number", "name", "cell", "role", "valid_from"), _roster(places, names))
    write_sheet(folder / "leave.csv", ("number", "away_from", "back_on", "substitute"), _leave(places, rng))
    write_sheet(
        folder / "members.csv", ("number", "name", "employer"), _members(places, known["employers"], names, rng)
    )
    bodies = toml_text({"organisations": [*_bodies(known["bodies"], places), *_branches(places)]})
    text = f"# Synthetic, made by `python -m wangge.demo.synthesis staff`: no real body is meant.\n\n{bodies}"
    (folder / "organisations.toml").write_text(text, encoding="utf-8", newline="\n")


def _places(folder: Path) -> list[Place]:
    """The base grids in the order of their codes."""
    layers = {}
    for layer in ("communities", "grids"):
        features = json.loads((folder / f"{layer}.geojson").read_text(encoding="utf-8"))["features"]
        layers[layer] = [feature["properties"] for feature in features]
    names = {one["code"]: one["name"] for one in layers["communities"]}
    found = []
    for one in sorted(layers["grids"], key=lambda grid: str(grid["code"])):
        short = names[one["parent"]].removesuffix("居民委员会").removesuffix("村民委员会")
        found.append(Place(one["code"], one["parent"], short, one["parent"][:9], one["households"]))
    return found


def names_of(known: dict[str, Any], rng: np.random.Generator) -> Iterator[str]:
    """Names without end, none of them twice."""
    said: set[str] = set()
    while True:
        parts = rng.integers(len(known["given"]), size=2 if rng.random() < 0.8 else 1)
        name = str(rng.choice(known["surnames"])) + "".join(known["given"][part] for part in parts)
        if name not in said:
            said.add(name)
            yield name + MARK


def _roster(places: Sequence[Place], names: Iterator[str]) -> Iterator[tuple[str, ...]]:
    """One responsible officer for each base grid, and assistants by its households."""
    for number, place in enumerate(places, 1):
        yield f"XH-{number:04d}", next(names), place.code, "responsible", BEGIN.isoformat()
    counts = shares_of(ASSISTANTS, np.array([place.households for place in places], dtype=float), 2)
    posts = [place for place, count in zip(places, counts, strict=True) for _ in range(count)]
    for number, place in enumerate(posts, 1):
        yield f"FZ-{number:04d}", next(names), place.code, "assistant", BEGIN.isoformat()


def _leave(places: Sequence[Place], rng: np.random.Generator) -> Iterator[tuple[str, ...]]:
    """Some officers are away for some days; the next officer of their community stands in."""
    colleagues: dict[str, list[int]] = defaultdict(list)
    for number, place in enumerate(places, 1):
        colleagues[place.community].append(number)
    for number, place in enumerate(places, 1):
        if rng.random() >= AWAY:
            continue
        there = colleagues[place.community]
        other = there[(there.index(number) + 1) % len(there)]
        first = BEGIN + timedelta(days=int(rng.integers(5, 345)))
        back = first + timedelta(days=int(rng.integers(3, 15)))
        yield f"XH-{number:04d}", first.isoformat(), back.isoformat(), f"XH-{other:04d}"


def _members(
    places: Sequence[Place], employers: Sequence[str], names: Iterator[str], rng: np.random.Generator
) -> Iterator[tuple[str, ...]]:
    """Members of the joint meeting, of employers that reside in the communities."""
    shorts = list(dict.fromkeys(place.short for place in places))
    for number in range(1, MEMBERS + 1):
        employer = f"{rng.choice(shorts)}{rng.choice(employers)}{MARK}"
        yield f"LX-{number:03d}", next(names), employer


def _bodies(bodies: Iterable[dict[str, Any]], places: Sequence[Place]) -> Iterator[dict[str, Any]]:
    """Departments and companies of the whole district."""
    streets = sorted({place.street for place in places})
    for body in bodies:
        yield {**body, "name": {"en": f"{body['name']['en']} (synthetic)", "zh": body["name"]["zh"] + MARK}} | {
            "cells": streets
        }


def _branches(places: Sequence[Place]) -> Iterator[dict[str, Any]]:
    """Branches of the communities by their households, and groups under them in the larger base grids."""
    communities: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        communities[place.community].append(place)
    homes = np.array([sum(place.households for place in own) for own in communities.values()], dtype=float)
    larger = sorted(places, key=lambda place: (-place.households, place.code))[:GROUPS]
    for (community, own), count in zip(communities.items(), shares_of(BRANCHES, homes, 1), strict=True):
        for n in range(1, count + 1):
            yield _organisation(
                f"{community}-branch-{n}", f"{own[0].short}第{n}支部", f"branch {n}", "branch", community
            )
        for n, place in enumerate((place for place in own if place in larger), 1):
            entry = _organisation(f"{place.code}-group", f"{own[0].short}第{n}小组", f"group {n}", "group", place.code)
            yield entry | {"parent": f"{community}-branch-{(n - 1) % count + 1}"}


def _organisation(code: str, zh: str, en: str, kind: str, cell: str) -> dict[str, Any]:
    name = {"en": f"{code.split('-')[0]} {en} (synthetic)", "zh": zh + MARK}
    return {"code": code, "name": name, "type": kind, "cells": [cell]}


def write_sheet(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
