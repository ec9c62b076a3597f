"""Keeps the facts of every case in step with its events: a trigger, in the transaction that appends the event.

It is written from the table of what moves make of the facts, so that those stand in one place. `rebuilding` proves it.
"""

from collections.abc import Iterable
from functools import reduce

from wangge.reports.case.facts import BITS, FACT_CHANGES, LEVEL_SHIFT, MOST_LEVELS, Fact, FactChange
from wangge.reports.figures.following import SINCE_DISPATCH, UNDISPATCHED
from wangge.reports.policy.policy import Step

__all__ = ["COUNTED", "FOLLOW"]

COUNTED = frozenset(FACT_CHANGES)
"""Moves that change what is kept. Where another move is to count, the trigger must be made anew by a migration."""

# The row of a report is written before the event.
PLACED = """SELECT r.cell_id, r.category INTO kept.cell_id, kept.category FROM report r
        WHERE r.id = NEW.report_id AND r.received_at = NEW.report_received_at;"""


def _branch(move: str, change: FactChange) -> str:
    """What the trigger does at a move."""
    sets = [f"{change.set}::bigint"] if change.set else []
    if change.told:
        sets.append(f"CASE WHEN NEW.facts -> '{change.told}' = 'true' THEN {BITS[change.told]}::bigint ELSE 0 END")
    if change.rises:
        sets.append("report_facts_above(NEW.territory_code, NEW.facts)")
    kept = f"(kept.facts & ~({change.cleared}::bigint))" if change.cleared else "kept.facts"
    does = [f"kept.facts := {' | '.join([kept, *sets])};"] if change.cleared or sets else []
    if change.timed:
        in_time, late = (BITS[fact] for fact in change.timed)
        judged = f"CASE WHEN in_time THEN {in_time}::bigint ELSE {late}::bigint END"
        cleared = f"(kept.facts & ~({in_time | late}::bigint))"
        does.append(f"IF in_time IS NOT NULL THEN kept.facts := {cleared} | {judged}; END IF;")
    if change.states:
        does = [f"IF NEW.state IN ({_listed(sorted(change.states))}) THEN", *does, "END IF;"]
    return " ".join([f"    WHEN '{move}' THEN", *does, *([PLACED] if change.moves_row else [])])


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


_FUNCTIONS = """
CREATE OR REPLACE FUNCTION report_facts_above(territory text, facts jsonb) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(bit_or(1::bigint << ({level_shift} + l.place::integer - 1)), 0)
    FROM territory t
    JOIN edition e ON e.id = t.current_edition_id
    CROSS JOIN LATERAL jsonb_array_elements(e.levels) WITH ORDINALITY AS l (value, place)
    WHERE t.code = territory AND facts ? 'level' AND l.place <= {most_levels} AND l.place > coalesce((
        SELECT o.place FROM jsonb_array_elements(e.levels) WITH ORDINALITY AS o (value, place)
        WHERE o.value ->> 'key' = facts ->> 'level'), 0)
$$;

CREATE OR REPLACE FUNCTION report_facts_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept report_facts;
    was report_facts;
    in_time CONSTANT boolean := (NEW.facts ->> 'in_time')::boolean;
    step CONSTANT text := NEW.facts ->> 'step';
    due CONSTANT timestamptz := (NEW.facts ->> 'due_at')::timestamptz;
BEGIN
    SELECT * INTO kept FROM report_facts f WHERE f.id = NEW.report_id AND f.received_at = NEW.report_received_at;
    IF NOT FOUND THEN
        INSERT INTO report_facts (id, received_at, territory_code, cell_id, category, since, facts)
        SELECT r.id, r.received_at, r.territory_code, r.cell_id, r.category, r.received_at, {received}
        FROM counted_report r WHERE r.id = NEW.report_id AND r.received_at = NEW.report_received_at
        RETURNING * INTO kept;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    was := kept;
    CASE NEW.move
{branches}
    ELSE RETURN NULL;
    END CASE;
    IF step IN ({undispatched}) THEN
        kept.due_at := NULL;
        kept.close_due_at := NULL;
    ELSIF step IN ({since_dispatch}) AND due IS NOT NULL THEN
        kept.close_due_at := due;
        kept.due_at := CASE step WHEN '{handle}' THEN due ELSE kept.due_at END;
    END IF;
    IF NEW.facts ? 'parties' THEN
        SELECT array_agg(b.id ORDER BY b.id) INTO kept.organisation_ids
        FROM (
            SELECT unnest(kept.organisation_ids)
            UNION
            SELECT (p ->> 'organisation')::bigint
            FROM jsonb_array_elements(CASE jsonb_typeof(NEW.facts -> 'parties') WHEN 'array'
                THEN NEW.facts -> 'parties' ELSE '[]' END) AS p
            WHERE p ->> 'organisation' IS NOT NULL
        ) b (id);
    END IF;
    IF kept IS NOT DISTINCT FROM was THEN
        RETURN NULL;
    END IF;
    IF (kept.facts, kept.due_at, kept.close_due_at, kept.organisation_ids)
        IS DISTINCT FROM (was.facts, was.due_at, was.close_due_at, was.organisation_ids)
        AND NEW.at > was.since
    THEN
        INSERT INTO report_facts_past (id, received_at, since, until, facts, due_at, close_due_at, organisation_ids)
        VALUES (was.id, was.received_at, was.since, NEW.at, was.facts, was.due_at, was.close_due_at,
                was.organisation_ids);
        kept.since := NEW.at;
    END IF;
    UPDATE report_facts f
    SET cell_id = kept.cell_id, category = kept.category, since = kept.since, facts = kept.facts,
        due_at = kept.due_at, close_due_at = kept.close_due_at,
        organisation_ids = kept.organisation_ids
    WHERE f.id = kept.id AND f.received_at = kept.received_at;
    RETURN NULL;
END $$;
"""

_PARTS = {
    "branches": "\n".join(_branch(move, change) for move, change in FACT_CHANGES.items()),
    "level_shift": str(LEVEL_SHIFT),
    "most_levels": str(MOST_LEVELS),
    "received": str(BITS[Fact.RECEIVED]),
    "undispatched": _listed(UNDISPATCHED),
    "since_dispatch": _listed(SINCE_DISPATCH),
    "handle": Step.HANDLE.value,
}

FOLLOW = reduce(lambda sql, part: sql.replace(f"{{{part[0]}}}", part[1]), _PARTS.items(), _FUNCTIONS)
"""The functions that the trigger calls, for whoever upgrades a database."""
