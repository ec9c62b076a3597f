"""A year of a million cases of Xinhua as they lie in a database: words, places, states, tasks, contacts, history."""

import random
from pathlib import Path

from wangge.duty.desks import publish
from wangge.geo.boundaries import read_boundaries
from wangge.reports.categories.categories import categories_for, put_categories
from wangge.reports.policy.policies import give_policy
from wangge.store.engine import Connection, connect
from wangge.store.grids.editions import import_edition
from wangge.store.migrate import upgrade

__all__ = ["CITY", "DETAILS", "PLACES", "SUBJECTS", "fill"]

CITY = "xinhua"
BOUNDARIES = Path(__file__).parent.parent / "data" / "boundaries" / CITY

_SUBJECTS = """路灯不亮 井盖破损 楼道飞线充电 垃圾堆积 污水外溢 占道经营 违章停车 电动车堵塞消防通道 广告牌松动
树枝压线 路面塌陷 护栏损坏 噪音扰民 油烟扰民 暖气不热 自来水停水 燃气异味 电梯故障
墙皮脱落 流浪犬 乱贴小广告 健身器材损坏 化粪池堵塞 雨水箅子堵塞 围墙倾斜 电线裸露 监控损坏
共享单车乱停 焚烧垃圾 私搭乱建 邻里纠纷 物业收费争议 拖欠工资 老人独居需要照看 学校门口拥堵 施工扬尘
渣土遗撒 绿化带被毁 积雪未清 红绿灯故障"""
_PLACES = """幸福 建设 朝阳 新华 光明 和平 胜利 解放 团结 红旗 永安 清池 维明 道东
南湖 颐和 阳光 锦绣 御河 运河 千童 浮阳 交通 水月寺 车站 维多利亚 天成 荣盛
金鼎 书香 福康 华北 百合 盛世 祥和 铁路 迎宾 彩虹 学府 牡丹"""
_DETAILS = """小区{}号楼{}单元门口 路{}号院西侧{}米 市场东门{}号摊位
家园{}号楼{}层楼道 大街与{}号支路交口 广场北侧第{}个路口"""
SUBJECTS, PLACES, DETAILS = _SUBJECTS.split(), _PLACES.split(), _DETAILS.split()
ENDINGS = ["，请尽快处理", "，已经三天了", "，晚上很黑，出行不便", "，多次反映没有解决", "", "，存在安全隐患"]
ENGLISH = [
    "Street lamp out near building {}",
    "Broken manhole cover at gate {}",
    "Rubbish behind block {}",
    "Illegal parking at no. {}",
]

MONTHS = "SELECT ensure_report_month((now() - make_interval(days => 30 * n))::date) FROM generate_series(-1, 13) n"

# A case is open the more likely the younger it is; a part of the old ones stays. Each `u` is drawn from 0 to 1.
FILL = """
INSERT INTO report (received_at, territory_code, edition_id, cell_id, state, category, description, occurred_at, source,
                    on_edge, ambiguous, raw_lon, raw_lat, datum, geom, desk_id, level, level_since, step, due_at,
                    nearly_due, overdue, returned, parked_at, resumes, closed_at, urgency, version)
SELECT at, 'xinhua', c.edition_id, c.id, state, k.code, w.words, at, 'bench', false, false, ST_X(c.label),
       ST_Y(c.label), 'wgs84', c.label, d.id, d.level, at,
       CASE WHEN is_open THEN CASE WHEN state = 'assigned' THEN 'register' WHEN state = 'registered' THEN 'dispatch'
            WHEN state = 'reported' THEN 'verify' WHEN state = 'verified' THEN 'close' ELSE 'handle' END END,
       CASE WHEN is_open AND u5 > 0.02 THEN due END, is_open AND due > now() AND due < now() + interval '6 hours',
       is_open AND due < now() AND state <> 'parked', is_open AND state = 'registered' AND u5 > 0.7,
       CASE WHEN state = 'parked' THEN at + interval '1 hour' END, CASE WHEN state = 'parked' THEN 'registered' END,
       CASE WHEN state IN ('closed', 'confirmed') THEN at + (now() - at) * u5 * u5 END,
       CASE WHEN u4 < 0.05 THEN 'urgent' ELSE 'normal' END, 1
FROM (
    SELECT n, now() - interval '1 year' * (1 - n::float8 / %(cases)s) AS at, random() AS u1, random() AS u2,
           random() AS u3, random() AS u4, random() AS u5
    FROM generate_series(1, %(cases)s) AS n
) t
CROSS JOIN LATERAL (SELECT extract(epoch FROM now() - at) / 86400 AS age) a
CROSS JOIN LATERAL (SELECT u1 < 0.01 + 0.99 * exp(-age / 14) AS is_open,
                           greatest(at, now() + interval '12 days' * (u3 - 0.2)) AS due) o
CROSS JOIN LATERAL (SELECT CASE WHEN is_open THEN
    (ARRAY['assigned', 'assigned', 'assigned', 'registered', 'registered', 'dispatched', 'dispatched', 'accepted',
           'handling', 'handling', 'handling', 'handling', 'reported', 'verified', 'parked'])[1 + floor(15 * u2)::int]
    WHEN u2 < 0.6 THEN 'closed' WHEN u2 < 0.95 THEN 'confirmed' WHEN u2 < 0.98 THEN 'refused' WHEN u2 < 0.99
    THEN 'voided' ELSE 'withdrawn' END AS state) s
JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS k, * FROM cell WHERE level = 2) c
    ON c.k = (t.n * 7919::bigint) %% (SELECT count(*) FROM cell WHERE level = 2)
JOIN desk d ON d.territory_code = 'xinhua' AND d.code = CASE -- no code stands on two levels
    WHEN u4 < 0.7 THEN c.code WHEN u4 < 0.85 THEN c.path[2] WHEN u4 < 0.95 THEN c.path[1] ELSE '' END
JOIN (SELECT row_number() OVER (ORDER BY position, code) - 1 AS k, code FROM category WHERE territory_code = 'xinhua') k
    ON k.k = floor((SELECT count(*) FROM category WHERE territory_code = 'xinhua') * u3 * u3)::bigint
JOIN bench_words w ON w.n = t.n %% 100000
"""
# What is made here is right; checking a million of them would only take time.
UNCHECKED = """
SET wangge.facts_kept = 'yes';
DO $$
DECLARE
    rule record;
BEGIN
    ALTER TABLE report DISABLE TRIGGER words;
    DROP INDEX ix_report_words_grams;
    FOR rule IN SELECT conrelid::regclass AS of, conname FROM pg_constraint WHERE contype = 'f' AND conparentid = 0
        AND conrelid::regclass::text IN ('report', 'report_event', 'report_task', 'report_contact')
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', rule.of, rule.conname);
    END LOOP;
END $$;
"""
EVENTS = """
INSERT INTO report_event (report_id, report_received_at, territory_code, state, at, actor, move, version, facts)
SELECT r.id, r.received_at, 'xinhua', m.state, r.received_at, 'bench', m.move, 1, '{}'
FROM report r CROSS JOIN (VALUES ('received', 'receive'), ('assigned', 'assign')) AS m (state, move)
"""
TASKS = """
INSERT INTO report_task (report_id, report_received_at, organisation_id, state, needed, dispatched_at, due_at)
SELECT r.id, r.received_at, (SELECT min(id) FROM organisation) + r.id % 20,
       CASE WHEN r.state IN ('dispatched', 'accepted', 'handling') THEN r.state ELSE 'cancelled' END, true,
       r.received_at, r.due_at
FROM report r WHERE r.id % 3 = 0 OR r.state IN ('dispatched', 'accepted', 'handling')
"""
WORDS = """
INSERT INTO report_words (report_id, received_at, grams)
SELECT id, received_at, words_grams(description) || digits_grams(case_digits(received_at, id)) FROM report;
CREATE INDEX ix_report_words_grams ON report_words USING gin (grams);
ALTER TABLE report ENABLE TRIGGER words;
"""
CONTACTS = """
INSERT INTO report_contact (report_id, report_received_at, phone)
SELECT id, received_at, '138' || lpad((id * 7919 % 100000000)::text, 8, '0') FROM report WHERE id % 5 < 3
"""
ORGANISATIONS = """
INSERT INTO organisation_type (territory_code, code, name) VALUES ('xinhua', 'bench', '{}') ON CONFLICT DO NOTHING;
INSERT INTO organisation (territory_code, code, name, type)
SELECT 'xinhua', 'bench' || n, '{"en": "Bench", "zh": "单位"}', 'bench' FROM generate_series(1, 20) n
"""


def fill(url: str, cases: int) -> None:
    """Xinhua with so many cases of the last year, unless they are there already; migrated in any case."""
    upgrade(url)
    with connect(url) as connection:
        if connection.execute("SELECT FROM report LIMIT 1").fetchone() is not None:
            return
        edition = import_edition(connection, read_boundaries(BOUNDARIES))
        put_categories(connection, CITY, categories_for(BOUNDARIES))
        give_policy(connection, CITY, BOUNDARIES)
        publish(connection, CITY, edition.label)
        _words(connection)
        connection.execute("SELECT setseed(0.5)")
        connection.execute(MONTHS)
        connection.execute(ORGANISATIONS)
        connection.execute("ANALYZE")
        connection.execute(UNCHECKED)
        connection.execute(FILL, {"cases": cases})
        for statement in (EVENTS, TASKS, WORDS, CONTACTS):
            connection.execute(statement.encode())
        connection.execute("DROP TABLE bench_words")
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _words(connection: Connection) -> None:
    """A hundred thousand descriptions; what is said, and where, is skewed as it is among people."""
    dice = random.Random(1)

    def skewed(options: list[str]) -> str:
        return options[int(len(options) * dice.random() ** 2)]

    connection.execute("CREATE TABLE bench_words (n integer PRIMARY KEY, words text)")
    with connection.cursor().copy("COPY bench_words FROM STDIN") as copy:
        for n in range(100_000):
            numbers = dice.randint(1, 60), dice.randint(1, 30)
            words = skewed(PLACES) + skewed(DETAILS).format(*numbers) + skewed(SUBJECTS) + dice.choice(ENDINGS)
            if n % 20 == 0:
                words = dice.choice(ENGLISH).format(numbers[0])
            copy.write_row((n, words))
