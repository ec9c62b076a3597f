"""Every statement about joint meetings, named by the question it answers."""

MEMBERS = """
SELECT number, name, employer, phone, active, id FROM joint_member WHERE territory_code = %(territory)s ORDER BY number
"""

PUT_MEMBERS = """
INSERT INTO joint_member AS m (territory_code, number, name, employer, phone, active)
SELECT %(territory)s, e.number, e.name, e.employer, e.phone, e.active
FROM jsonb_to_recordset(%(members)s) AS e (number text, name text, employer text, phone text, active boolean)
ON CONFLICT (territory_code, number) DO UPDATE
SET name = excluded.name, employer = excluded.employer, phone = excluded.phone, active = excluded.active
WHERE (m.name, m.employer, m.phone, m.active)
    IS DISTINCT FROM (excluded.name, excluded.employer, excluded.phone, excluded.active)
"""

ADD_MEETING = """
INSERT INTO meeting (territory_code, held_at, place, topic, actor)
VALUES (%(territory)s, %(held_at)s, %(place)s, %(topic)s, %(actor)s) RETURNING id
"""

CHANGE_MEETING = """
UPDATE meeting SET held_at = %(held_at)s, place = %(place)s, topic = %(topic)s, status = %(status)s,
    version = version + 1
WHERE id = %(meeting)s
"""

LOCK_MEETING = """
SELECT version, status FROM meeting WHERE territory_code = %(territory)s AND id = %(meeting)s FOR UPDATE
"""

CALL_MEMBERS = """
WITH gone AS (
    DELETE FROM meeting_member WHERE meeting_id = %(meeting)s AND member_id <> ALL (%(members)s)
)
INSERT INTO meeting_member (meeting_id, member_id)
SELECT %(meeting)s, id FROM unnest(%(members)s::bigint[]) AS id ON CONFLICT DO NOTHING
"""

# What was decided upon stays on the agenda.
CLEAR_AGENDA = """
DELETE FROM meeting_case c WHERE c.meeting_id = %(meeting)s AND c.report_id <> ALL (%(reports)s)
  AND NOT EXISTS (SELECT FROM meeting_decision d WHERE d.meeting_id = c.meeting_id AND d.report_id = c.report_id)
"""

SET_AGENDA = """
INSERT INTO meeting_case (meeting_id, report_id, report_received_at, position)
SELECT %(meeting)s, id, received_at, position
FROM unnest(%(reports)s::bigint[], %(received)s::timestamptz[]) WITH ORDINALITY AS of (id, received_at, position)
ON CONFLICT (meeting_id, report_id) DO UPDATE SET position = excluded.position
"""

# {scope} is the condition of what the asker sees.
KEYS_OF_CASES = """
SELECT r.id, r.received_at FROM report r
JOIN unnest(%(ids)s::bigint[], %(months)s::timestamptz[]) AS asked (id, month)
    ON r.id = asked.id AND r.received_at >= asked.month AND r.received_at < asked.month + interval '1 month'
WHERE {scope}
"""

ON_AGENDA = """
SELECT FROM meeting_case WHERE meeting_id = %(meeting)s AND report_id = %(report)s
"""

ADD_DECISION = """
INSERT INTO meeting_decision (meeting_id, report_id, task_id, text, actor, at)
VALUES (%(meeting)s, %(report)s, %(task)s, %(text)s, %(actor)s, %(at)s) RETURNING id
"""

# A meeting is shown to who sees one of its cases, to who called it, and to who sees the whole territory.
MEETINGS = """
SELECT m.id, m.held_at, m.place, m.topic, m.status, m.actor, m.version,
       (SELECT count(*) FROM meeting_case WHERE meeting_id = m.id),
       (SELECT count(*) FROM meeting_decision WHERE meeting_id = m.id)
FROM meeting m
WHERE m.territory_code = %(territory)s AND (%(meeting)s::bigint IS NULL OR m.id = %(meeting)s)
  AND (%(whole)s OR m.actor = %(actor)s OR EXISTS (
      SELECT FROM meeting_case c JOIN report r ON r.id = c.report_id AND r.received_at = c.report_received_at
      WHERE c.meeting_id = m.id AND {scope}))
ORDER BY m.held_at DESC, m.id DESC LIMIT %(limit)s
"""

MEMBERS_OF_MEETING = """
SELECT m.number, m.name, m.employer FROM meeting_member c JOIN joint_member m ON m.id = c.member_id
WHERE c.meeting_id = %(meeting)s ORDER BY m.number
"""

CASES_OF_MEETING = """
SELECT r.id, r.received_at, r.state, r.category
FROM meeting_case c JOIN report r ON r.id = c.report_id AND r.received_at = c.report_received_at
WHERE c.meeting_id = %(meeting)s AND {scope} ORDER BY c.position
"""

DECISIONS_OF_MEETING = """
SELECT d.id, r.id, r.received_at, d.text, d.actor, d.at, t.id, o.code, t.desk_id, t.needed, t.due_at, t.state,
       t.reported_at
FROM meeting_decision d
JOIN report_task t ON t.id = d.task_id
JOIN report r ON r.id = t.report_id AND r.received_at = t.report_received_at
LEFT JOIN organisation o ON o.id = t.organisation_id
WHERE d.meeting_id = %(meeting)s AND {scope} ORDER BY d.id
"""
