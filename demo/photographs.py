"""Photos for cases of the demo: drawn, and marked as synthetic in the picture itself. Nobody took them."""

import io
from collections.abc import Callable, Mapping
from random import Random

from PIL import Image, ImageDraw, ImageFont
from psycopg_pool import AsyncConnectionPool

from wangge.geo.grid import Grid
from wangge.reports.case.lifecycle import OPEN
from wangge.reports.evidence.developing import develop
from wangge.reports.evidence.photos import attach, keep
from wangge.reports.evidence.pictures import Pictures
from wangge.reports.number import format_number
from wangge.store.engine import AsyncConnection

__all__ = ["MARK", "photograph", "scene"]

OWNER = "demo"
MARK = "SYNTHETIC"
SIZE = WIDTH, HEIGHT = 960, 720
HORIZON, KERB = 330, 520

WITHOUT = """
SELECT r.id, r.received_at, r.category, e.version FROM report r
LEFT JOIN LATERAL (
    SELECT max(version) AS version FROM report_event
    WHERE report_id = r.id AND report_received_at = r.received_at AND move = 'report-back'
) e ON true
WHERE r.territory_code = %(territory)s AND r.external_id LIKE 'SYN-%%' AND r.state = ANY (%(states)s)
    AND (r.id %% 5 = 0 OR e.version IS NOT NULL)
    AND NOT EXISTS (SELECT FROM photo p WHERE p.report_id = r.id AND p.report_received_at = r.received_at)
ORDER BY r.id
"""
"""Every fifth open case of the year, and those that were reported back, with the version at which they were."""

Pen = ImageDraw.ImageDraw
Colour = tuple[int, int, int]


async def photograph(pool: AsyncConnectionPool[AsyncConnection], pictures: Pictures, grid: Grid) -> int:
    """Give open cases of the year a picture of what was reported, and of what was done; the number of pictures.

    Those that have any are left alone, so that doing it again makes none twice.
    """
    asked = {"territory": grid.territory, "states": sorted(OPEN)}
    async with pool.connection() as connection:
        rows = await (await connection.execute(WITHOUT, asked)).fetchall()
    made = 0
    for report, received_at, category, done in rows:
        number = format_number(received_at, report)
        kept = []
        for version, after in ((1, False), (done, True)):
            if version is None:
                continue
            data = scene(category, number, after=after)
            taken = await keep(pool, pictures, grid.territory, grid.timezone, OWNER, data, develop(data))
            kept.append((taken.id, version))
        async with pool.connection() as connection, connection.transaction():
            for photo, version in kept:
                await attach(connection, grid.territory, OWNER, [photo], (report, received_at), version)
        made += len(kept)
    return made


def scene(category: str, number: str, *, after: bool) -> bytes:
    """A street as a JPEG, with what a case of a category is about, or without it; another one for each case."""
    dice = Random(number)  # noqa: S311 - a drawing
    image = Image.new("RGB", SIZE, _near(dice, (176, 205, 226)))
    pen = ImageDraw.Draw(image)
    _street(pen, dice)
    at = (WIDTH * dice.uniform(0.35, 0.65), HEIGHT * dice.uniform(0.76, 0.8))
    THINGS.get(category, _cone)(pen, dice, at, after)
    _mark(pen, f"{number}  {'after' if after else 'before'}  drawn, not a photo")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def _near(dice: Random, colour: Colour, by: int = 14) -> Colour:
    red, green, blue = (max(0, min(255, part + dice.randint(-by, by))) for part in colour)
    return red, green, blue


def _street(pen: Pen, dice: Random) -> None:
    """Houses, a pavement and the road before them."""
    x = -dice.randint(0, 80)
    while x < WIDTH:
        wide, top = dice.randint(110, 210), dice.randint(70, 210)
        wall = _near(dice, (186, 172, 156), 24)
        pen.rectangle((x, top, x + wide, HORIZON + 60), wall)
        for floor in range(top + 26, HORIZON + 10, 58):
            for pane in range(x + 18, x + wide - 34, 48):
                pen.rectangle((pane, floor, pane + 24, floor + 32), _near(dice, (92, 112, 130)))
        x += wide + dice.randint(4, 30)
    pen.rectangle((0, HORIZON + 60, WIDTH, KERB), _near(dice, (170, 168, 162)))
    pen.rectangle((0, KERB, WIDTH, KERB + 10), (214, 212, 206))
    pen.rectangle((0, KERB + 10, WIDTH, HEIGHT), _near(dice, (98, 100, 104)))
    for dash in range(dice.randint(-60, 0), WIDTH, 150):
        pen.rectangle((dash, HEIGHT - 60, dash + 80, HEIGHT - 50), (226, 224, 214))


At = tuple[float, float]


def _lamp(pen: Pen, _dice: Random, at: At, after: bool) -> None:
    x = at[0]
    pen.rectangle((x - 7, 110, x + 7, KERB), (64, 70, 76))
    pen.rectangle((x - 7, 110, x + 110, 122), (64, 70, 76))
    if after:
        pen.polygon([(x + 60, 132), (x + 112, 132), (x + 230, KERB), (x - 60, KERB)], (246, 232, 170))
    pen.ellipse((x + 58, 112, x + 114, 140), (255, 236, 140) if after else (52, 54, 58))


def _hole(pen: Pen, _dice: Random, at: At, after: bool) -> None:
    x, y = at
    pen.ellipse((x - 92, y - 34, x + 92, y + 34), (70, 72, 76) if after else (18, 18, 20), (150, 150, 150), 8)
    if after:
        for step in range(-60, 61, 24):
            pen.line((x + step, y - 22, x + step, y + 22), (120, 122, 126), 6)
    else:
        pen.ellipse((x + 110, y - 16, x + 250, y + 34), (84, 86, 90), (150, 150, 150), 6)


def _heap(pen: Pen, dice: Random, at: At, after: bool) -> None:
    x, y = at[0], KERB - 30
    pen.rectangle((x + 150, y - 110, x + 230, y + 20), (60, 128, 84))
    pen.rectangle((x + 140, y - 126, x + 240, y - 106), (46, 104, 68))
    for _ in range(0 if after else 46):
        left, up, size = x + dice.gauss(0, 70), y - abs(dice.gauss(0, 34)), dice.randint(16, 44)
        pen.ellipse((left, up - size, left + size, up), _near(dice, (150, 132, 96), 60))


def _car(pen: Pen, dice: Random, at: At, after: bool) -> None:
    x, y = (at[0], HEIGHT - 40) if after else (at[0], KERB - 6)
    paint = _near(dice, (150, 60, 60), 70)
    pen.rounded_rectangle((x - 170, y - 78, x + 170, y - 18), 22, paint)
    pen.polygon([(x - 96, y - 76), (x - 60, y - 132), (x + 70, y - 132), (x + 116, y - 76)], paint)
    pen.polygon([(x - 78, y - 80), (x - 52, y - 122), (x + 62, y - 122), (x + 94, y - 80)], (196, 214, 224))
    for wheel in (x - 100, x + 100):
        pen.ellipse((wheel - 34, y - 50, wheel + 34, y + 16), (28, 28, 30), (120, 120, 124), 8)


def _water(pen: Pen, dice: Random, at: At, after: bool) -> None:
    x, y = at
    for _ in range(2 if after else 26):
        left, up = x + dice.gauss(0, 110), y + dice.gauss(0, 18)
        pen.ellipse((left - 70, up - 18, left + 70, up + 18), (88, 108, 116) if after else (104, 142, 168))


def _broken(pen: Pen, dice: Random, at: At, after: bool) -> None:
    x, y = at
    if after:
        pen.polygon([(x - 130, y - 34), (x + 120, y - 34), (x + 150, y + 36), (x - 150, y + 36)], (54, 56, 60))
        return
    edge = [(x + dice.uniform(90, 150) * dx, y + dice.uniform(24, 40) * dy) for dx, dy in AROUND]
    pen.polygon(edge, (44, 42, 40))
    for _ in range(9):
        pen.line((x, y, x + dice.uniform(-220, 220), y + dice.uniform(-50, 60)), (60, 60, 62), 4)


def _tree(pen: Pen, dice: Random, at: At, after: bool) -> None:
    x, top = at[0], 190
    lean = 0 if after else dice.choice((-170, 170))
    pen.line((x, KERB - 4, x + lean, top + 60), (98, 74, 52), 26)
    for _ in range(16):
        left, up, size = x + lean + dice.gauss(0, 54), top + dice.gauss(20, 34), dice.randint(50, 90)
        pen.ellipse((left - size / 2, up - size / 2, left + size / 2, up + size / 2), _near(dice, (74, 122, 66), 22))


def _cone(pen: Pen, _dice: Random, at: At, after: bool) -> None:
    x, y = at
    pen.polygon([(x - 60, y + 20), (x + 60, y + 20), (x, y - 130)], (120, 160, 120) if after else (226, 112, 48))
    pen.polygon([(x - 34, y - 40), (x + 34, y - 40), (x + 22, y - 72), (x - 22, y - 72)], (240, 240, 236))


AROUND = ((1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7))
THINGS: Mapping[str, Callable[[Pen, Random, At, bool], None]] = {
    "lamp": _lamp,
    "manhole": _hole,
    "rubbish": _heap,
    "dumping": _heap,
    "parking": _car,
    "fire-lane": _car,
    "drainage": _water,
    "water": _water,
    "heating": _water,
    "road": _broken,
    "green": _tree,
}


def _mark(pen: Pen, words: str) -> None:
    pen.text((WIDTH / 2, 36), MARK, "white", ImageFont.load_default(64), "mt", stroke_width=4, stroke_fill=(40, 40, 40))
    pen.rectangle((0, HEIGHT - 34, WIDTH, HEIGHT), (20, 22, 26))
    pen.text((14, HEIGHT - 17), words, "white", ImageFont.load_default(20), "lm")
