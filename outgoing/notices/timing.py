"""When a message goes out: not at once, not soon after another one, and not at night. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["Timing"]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long what is to be told is gathered, and the hours in which nobody is disturbed.

    Attributes
    ----------
    quiet : from one time of the day up to another, by the clock of the territory; None for never.
    """

    gather: timedelta
    pause: timedelta
    quiet: tuple[time, time] | None

    @classmethod
    def of(cls, gather_s: float, pause_minutes: float, quiet: str) -> "Timing":
        """That of the settings; `quiet` is such as 21:00-08:00, or empty."""
        begins, _, ends = quiet.partition("-")
        hours = (time.fromisoformat(begins), time.fromisoformat(ends)) if quiet else None
        return cls(timedelta(seconds=gather_s), timedelta(minutes=pause_minutes), hours)

    def due(self, now: datetime, last: datetime | None, zone: ZoneInfo) -> datetime:
        """When a message goes out that is begun now, where the last one to the same address went out at `last`."""
        earliest = now + self.gather
        return self.waking(max(earliest, last + self.pause) if last else earliest, zone)

    def waking(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The moment, or the end of the quiet hours that it lies in."""
        if self.quiet is None:
            return moment
        begins, ends = self.quiet
        local = moment.astimezone(zone)
        clock = local.time()
        if begins < ends:
            inside, tomorrow = begins <= clock < ends, False
        else:
            inside, tomorrow = clock >= begins or clock < ends, clock >= begins
        if not inside:
            return moment
        day = local.date() + timedelta(days=1 if tomorrow else 0)
        return datetime.combine(day, ends, zone).astimezone(moment.tzinfo)
