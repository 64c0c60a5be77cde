"""Rows for each table, as they could be written when its migration was the newest.

Statements for one migration are never changed once it is released: what they made is stored.
"""

from __future__ import annotations

ROWS: dict[str, tuple[str, ...]] = {
    "0001_library": (
        "INSERT INTO documents VALUES ('aa11', 'file', '/dok/veileder.md', 'Veileder', NULL, "
        "'Helsedirektoratet', '2016-11-01', '2016', NULL, '2026-01-02T03:04:05+00:00', 120, 2)",
        "INSERT INTO documents VALUES ('bb22', 'url', 'https://example.no/b', 'Side', "
        "'https://example.no/b', NULL, NULL, NULL, 'aa11', '2026-01-03T03:04:05+00:00', 80, 1)",
        "INSERT INTO fetches VALUES ('veileder', 'https://example.no/v', '\"e\"', NULL, 'cc33', "
        "'2026-01-02T03:04:05+00:00', 'new')",
    ),
    "0002_register": (
        "INSERT INTO inquiries (id, came_from, received_at, channel, question, masked, thread, "
        "language, municipality, municipality_today, actor, centre, status, outcome, answered_by, "
        "generation, first_reply_at) VALUES (1, 'slack:T1:C1:1.1', '2026-01-05T08:00:00+00:00', "
        "'slack', 'Hvem kan henvise til frisklivssentralen på Værøy?', '[]', '[]', 'nb', '1857', "
        "'1857', 'municipality', 'nordland', 'answered', 'answered', 'bot', 'g1', "
        "'2026-01-05T08:00:01+00:00')",
        "INSERT INTO inquiries (id, came_from, received_at, channel, question, masked, thread, "
        "status, outcome, duplicate_of) VALUES (2, 'cli:2', '2026-01-06T08:00:00+00:00', 'cli', "
        "'Korleis få lov til å bruke [e-post]?', '[\"email\"]', '[\"Hei\"]', 'waiting', "
        "'unclear', 1)",
        "INSERT INTO inquiry_topics VALUES (1, 'referral', 'henvise')",
        "INSERT INTO inquiry_quotes VALUES (1, 1, 'aa11', 'Veileder', 'Henvisning', NULL, '2016', "
        "'2016-11-01', NULL, 10, 30, 'Fastlegen kan henvise.', 'Fastlegen', 0.75)",
    ),
    "0003_links": (
        'INSERT INTO inquiry_links (inquiry, document, start, "end", kind, who, at) VALUES '
        "(1, 'aa11', 10, 30, 'helpful', 'u0123', '2026-01-05T08:01:00+00:00')",
    ),
    "0004_people": (
        "UPDATE inquiries SET asker = 'u0123' WHERE id = 1",
        "INSERT INTO people VALUES ('u0123', '1857', 'municipality', 'nb', 1, NULL, NULL, "
        "'2026-01-05T08:00:00+00:00')",
        "INSERT INTO inquiry_feedback VALUES (1, 'u0123', 'up', NULL, 'Takk', "
        "'2026-01-05T08:02:00+00:00')",
        "INSERT INTO handovers (inquiry, centre, reason, topic, note, at) VALUES (2, 'nordland', "
        "'county', 'referral', 'Kan dere se på dette?', '2026-01-06T09:00:00+00:00')",
        "INSERT INTO inquiry_answers (inquiry, came_from, centre, text, at) VALUES (2, "
        "'slack:T1:C2:2.2', 'nordland', 'Dere kan ringe oss.', '2026-01-06T10:00:00+00:00')",
    ),
    "0005_slack": (
        "INSERT INTO slack_threads VALUES (1, 'T1', 'C1', '1.1', '1.1')",
        "INSERT INTO slack_posts VALUES ('answer:1', 1, 'T1', 'C1', '1.1', 'message', NULL, NULL, "
        "'posted', NULL, '1.2', 1, '2026-01-05T08:00:00+00:00', NULL, "
        "'2026-01-05T08:00:00+00:00')",
        "INSERT INTO slack_deleted VALUES ('slack:T1:C1:9.9', '2026-01-05T08:00:00+00:00')",
        "INSERT INTO slack_channels VALUES ('T1', 'C1', 'mention', '1857', 'nb')",
        "INSERT INTO slack_centres VALUES ('nordland', 'T1', 'C2')",
    ),
    "0006_review": (
        "UPDATE inquiries SET note = 'Sett på', reviewed_at = '2026-01-07T08:00:00+00:00', "
        "revision = 1 WHERE id = 1",
        "INSERT INTO changes (at, who, kind, subject, field, before, after, batch) VALUES "
        "('2026-01-07T08:00:00+00:00', 'cli', 'inquiry', 1, 'note', '\"\"', '\"Sett på\"', 'b1')",
    ),
    "0007_centre_work": (
        "INSERT INTO visits (came_from, on_date, centre, people, form, theme, note, created_at) "
        "VALUES ('web:1', '2026-02-01', 'nordland', 3, 'physical', 'Oppstart', 'Fint', "
        "'2026-02-02T08:00:00+00:00')",
        "INSERT INTO visit_municipalities VALUES (1, '1857', '1857')",
        "INSERT INTO visit_actors VALUES (1, 'municipality', 3)",
        "INSERT INTO ideas (came_from, created_at, title, text, status) VALUES ('web:2', "
        "'2026-02-02T08:00:00+00:00', 'Turgruppe', 'Gå sammen hver torsdag.', 'new')",
        "INSERT INTO annual_forms (centre, year, status) VALUES ('nordland', 2025, 'draft')",
        "INSERT INTO approvals (inquiry, question, text, centre, approved_at, approved_by, "
        "expires_on, document) VALUES (2, 'Hvem kan vi ringe?', 'Dere kan ringe oss.', "
        "'nordland', '2026-02-02T08:00:00+00:00', 'user:1', '2028-02-02', 'dd44')",
        "INSERT INTO documents VALUES ('dd44', 'inquiry', 'inquiry:2', 'Hvem kan vi ringe?', "
        "NULL, NULL, NULL, NULL, NULL, '2026-02-02T08:00:00+00:00', 60, 1)",
    ),
    "0008_users": (
        "INSERT INTO users (issuer, subject, name, role, created_at) VALUES ('local', '1', "
        "'Ingrid Berg', 'admin', '2026-02-01T08:00:00+00:00')",
        "INSERT INTO sign_in_links VALUES ('ee55', 1, '2026-02-01T08:15:00+00:00', NULL)",
        "INSERT INTO saved_views (user, name, query) VALUES (1, 'Mine', 'status=waiting')",
    ),
    "0009_closed_years": (
        "INSERT INTO closed_years (year, version, closed_at, closed_by, reason, rules, "
        "last_change, last_inquiry, tables) VALUES (2025, 1, '2026-03-01T08:00:00+00:00', "
        "'user:1', 'Levert', 'r1', 1, 2, '{}')",
    ),
    "0010_jobs": (
        "INSERT INTO jobs (name, at, ok, detail) VALUES ('backup', "
        "'2026-03-02T03:00:00+00:00', 1, '{\"bytes\": 1}')",
    ),
    "0011_personal_data": (
        "INSERT INTO holds (inquiry, at, who, reason) VALUES (1, '2026-03-02T08:00:00+00:00', "
        "'user:1', 'Arkivplikt')",
        "INSERT INTO forgotten_people VALUES ('ff66', '2026-03-03T08:00:00+00:00')",
        "INSERT INTO privacy_log (at, act, who, reference, subject, detail, rules) VALUES "
        "('2026-03-03T08:00:00+00:00', 'forget', 'user:1', 'sak 1', 'ff66', '{}', '')",
    ),
    "0012_key_checks": (
        "INSERT INTO key_checks VALUES ('pseudonym', 'aa77', '2026-03-04T08:00:00+00:00')",
    ),
}
