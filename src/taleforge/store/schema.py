"""The tables of the store, in one place: a list of migrations in SQL that SQLite and PostgreSQL both read.

`{bytes}` is the engine's type for bytes. Every row of a table's log and prose ends in `crc`, the checksum of what
stands before it (`rows`), so that damage is found whatever the engine; rows of accounts have none, since statements
change them in place. Who owns a table (`claims`) has none either, and is not carried along when a store moves: it is
about processes that run. Does not know what is in an event.
"""

from typing import Final

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        """CREATE TABLE tables (
            id TEXT PRIMARY KEY, space TEXT NOT NULL, title TEXT NOT NULL, adventure TEXT NOT NULL,
            created_at TEXT NOT NULL, updated_at TEXT NOT NULL, version BIGINT NOT NULL, status TEXT NOT NULL,
            parent TEXT, parent_version BIGINT, crc BIGINT NOT NULL)""",
        "CREATE INDEX tables_by_space ON tables (space, updated_at)",
        """CREATE TABLE events (
            table_id TEXT NOT NULL, version BIGINT NOT NULL, space TEXT NOT NULL, cmd TEXT, body {bytes} NOT NULL,
            crc BIGINT NOT NULL, PRIMARY KEY (table_id, version))""",
        "CREATE INDEX events_by_command ON events (table_id, cmd)",
        """CREATE TABLE work (
            id TEXT PRIMARY KEY, table_id TEXT NOT NULL, version BIGINT NOT NULL, space TEXT NOT NULL,
            kind TEXT NOT NULL, payload {bytes} NOT NULL, crc BIGINT NOT NULL)""",
        "CREATE INDEX work_by_table ON work (table_id, version)",
        """CREATE TABLE prose (
            table_id TEXT NOT NULL, version BIGINT NOT NULL, audience TEXT NOT NULL, space TEXT NOT NULL,
            body {bytes} NOT NULL, crc BIGINT NOT NULL, PRIMARY KEY (table_id, version, audience))""",
        """CREATE TABLE seeds (
            table_id TEXT NOT NULL, commitment TEXT NOT NULL, seed {bytes} NOT NULL, crc BIGINT NOT NULL,
            PRIMARY KEY (table_id, commitment))""",
    ),
    (
        "CREATE TABLE spaces (id TEXT PRIMARY KEY, name TEXT NOT NULL, created BIGINT NOT NULL)",
        """CREATE TABLE people (
            id TEXT PRIMARY KEY, space TEXT NOT NULL, name TEXT NOT NULL, created BIGINT NOT NULL,
            admin BIGINT NOT NULL, email TEXT, password TEXT, erased BIGINT)""",
        "CREATE UNIQUE INDEX people_by_email ON people (space, email)",
        """CREATE TABLE grants (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, space TEXT NOT NULL, person TEXT NOT NULL, digest TEXT NOT NULL,
            created BIGINT NOT NULL, expires BIGINT, name TEXT NOT NULL, table_id TEXT, seat TEXT, role TEXT,
            scopes TEXT NOT NULL, csrf TEXT, revoked BIGINT)""",
        "CREATE INDEX grants_by_digest ON grants (digest)",
        "CREATE INDEX grants_by_person ON grants (person)",
        "CREATE INDEX grants_by_table ON grants (table_id, seat)",
        """CREATE TABLE invites (
            id TEXT PRIMARY KEY, space TEXT NOT NULL, table_id TEXT NOT NULL, role TEXT NOT NULL,
            link_digest TEXT NOT NULL, code_digest TEXT NOT NULL, created_by TEXT NOT NULL, created BIGINT NOT NULL,
            expires BIGINT NOT NULL, uses_left BIGINT NOT NULL, revoked BIGINT)""",
        "CREATE INDEX invites_by_link ON invites (link_digest)",
        "CREATE INDEX invites_by_code ON invites (code_digest)",
        "CREATE INDEX invites_by_table ON invites (table_id)",
        """CREATE TABLE ledger (
            id TEXT PRIMARY KEY, owners TEXT NOT NULL, resource TEXT NOT NULL, amount BIGINT NOT NULL,
            at BIGINT NOT NULL, state TEXT NOT NULL, job TEXT)""",
        """CREATE TABLE ledger_owners (
            owner TEXT NOT NULL, at BIGINT NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (owner, at, entry))""",
    ),
    (
        """CREATE TABLE campaigns (
            id TEXT PRIMARY KEY, space TEXT NOT NULL, name TEXT NOT NULL, note TEXT NOT NULL, created_by TEXT NOT NULL,
            created BIGINT NOT NULL)""",
        "CREATE INDEX campaigns_by_space ON campaigns (space, id)",
        "CREATE TABLE placements (table_id TEXT PRIMARY KEY, campaign TEXT NOT NULL)",
        "CREATE INDEX placements_by_campaign ON placements (campaign)",
        """CREATE TABLE characters (
            id TEXT PRIMARY KEY, space TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
            created BIGINT NOT NULL, updated BIGINT NOT NULL)""",
        "CREATE INDEX characters_by_person ON characters (person, id)",
        """CREATE TABLE reports (
            id TEXT PRIMARY KEY, space TEXT NOT NULL, table_id TEXT NOT NULL, version BIGINT NOT NULL,
            reporter TEXT NOT NULL, seat TEXT NOT NULL, person TEXT NOT NULL, reason TEXT NOT NULL, note TEXT NOT NULL,
            created BIGINT NOT NULL, outcome TEXT, closed_by TEXT, closed BIGINT)""",
        "CREATE INDEX reports_by_space ON reports (space, id)",
        "CREATE INDEX reports_by_table ON reports (table_id, id)",
        """CREATE TABLE bans (
            id TEXT PRIMARY KEY, space TEXT NOT NULL, person TEXT NOT NULL, banned_by TEXT NOT NULL,
            created BIGINT NOT NULL, reason TEXT NOT NULL, table_id TEXT, lifted BIGINT)""",
        "CREATE INDEX bans_by_person ON bans (person)",
        "CREATE INDEX bans_by_space ON bans (space, table_id)",
    ),
    (
        "CREATE TABLE nodes (id TEXT PRIMARY KEY, seen_at BIGINT NOT NULL)",
        "ALTER TABLE tables ADD COLUMN owner TEXT",
        "ALTER TABLE tables ADD COLUMN fence BIGINT NOT NULL DEFAULT 0",
    ),
    (
        """CREATE TABLE jobs (
            id TEXT PRIMARY KEY, space TEXT NOT NULL, owner TEXT NOT NULL, queue TEXT NOT NULL, kind TEXT NOT NULL,
            payload {bytes} NOT NULL, created BIGINT NOT NULL, job_key TEXT NOT NULL, reply TEXT NOT NULL,
            entry TEXT NOT NULL, most_attempts BIGINT NOT NULL, ready BIGINT NOT NULL, turn BIGINT NOT NULL,
            state TEXT NOT NULL, attempts BIGINT NOT NULL, progress BIGINT NOT NULL, worker TEXT NOT NULL,
            lease BIGINT NOT NULL, unwanted BIGINT NOT NULL, result {bytes} NOT NULL, error TEXT NOT NULL,
            finished BIGINT NOT NULL, told BIGINT NOT NULL)""",
        "CREATE UNIQUE INDEX jobs_by_key ON jobs (owner, job_key) WHERE job_key <> ''",
        "CREATE INDEX jobs_by_turn ON jobs (queue, turn, id) WHERE state = 'queued'",
        "CREATE INDEX jobs_by_owner ON jobs (owner, id)",
        "CREATE INDEX jobs_at_work ON jobs (owner, queue, turn) WHERE state IN ('queued', 'running')",
        "CREATE INDEX jobs_running ON jobs (queue, turn, lease) WHERE state = 'running'",
        "CREATE INDEX jobs_untold ON jobs (finished, id) WHERE told = 0 AND state IN ('done', 'failed', 'cancelled')",
    ),
    (
        """CREATE TABLE audit (
            id TEXT PRIMARY KEY, at BIGINT NOT NULL, space TEXT NOT NULL, who TEXT NOT NULL, by_kind TEXT NOT NULL,
            did TEXT NOT NULL, whom TEXT NOT NULL, table_id TEXT NOT NULL, detail TEXT NOT NULL,
            request TEXT NOT NULL)""",
        "CREATE INDEX audit_by_space ON audit (space, id)",
        "CREATE INDEX audit_by_who ON audit (who)",
        "CREATE INDEX audit_by_whom ON audit (whom)",
        "CREATE INDEX audit_by_time ON audit (at)",
    ),
    (
        """CREATE TABLE voices (
            id TEXT PRIMARY KEY, space TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
            created BIGINT NOT NULL)""",
        "CREATE INDEX voices_by_person ON voices (person, id)",
    ),
    (
        """CREATE TABLE memories (
            table_id TEXT NOT NULL, version BIGINT NOT NULL, part TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
            clock BIGINT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (table_id, version, part, who))""",
        "CREATE INDEX memories_by_who ON memories (table_id, who)",
        "CREATE TABLE memory_marks (table_id TEXT PRIMARY KEY, version BIGINT NOT NULL)",
    ),
    (
        """CREATE TABLE pictures (
            id TEXT PRIMARY KEY, space TEXT NOT NULL, person TEXT NOT NULL, file TEXT NOT NULL, prompt TEXT NOT NULL,
            style TEXT, width BIGINT NOT NULL, height BIGINT NOT NULL, seed BIGINT NOT NULL, engine TEXT NOT NULL,
            created BIGINT NOT NULL)""",
        "CREATE INDEX pictures_by_person ON pictures (person, id)",
        "CREATE INDEX pictures_by_file ON pictures (file)",
        "UPDATE jobs SET told = 0 WHERE kind = 'paint' AND state = 'done'",
    ),
    (
        """CREATE TABLE memory_vectors (
            table_id TEXT NOT NULL, id TEXT NOT NULL, who TEXT NOT NULL, vector {bytes} NOT NULL,
            PRIMARY KEY (table_id, id))""",
        "CREATE INDEX memory_vectors_by_who ON memory_vectors (table_id, who)",
    ),
    (
        "ALTER TABLE pictures ADD COLUMN small TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX pictures_by_small ON pictures (small)",
    ),
    ("CREATE INDEX grants_by_revoked ON grants (revoked) WHERE revoked IS NOT NULL",),
)
"""What each version of the schema adds to the one before; a released entry is never changed."""

VERSION: Final = len(MIGRATIONS)
"""The schema this program writes."""

COLUMNS: Final[dict[str, str]] = {
    "tables": "id, space, title, adventure, created_at, updated_at, version, status, parent, parent_version, crc",
    "events": "table_id, version, space, cmd, body, crc",
    "work": "id, table_id, version, space, kind, payload, crc",
    "prose": "table_id, version, audience, space, body, crc",
    "seeds": "table_id, commitment, seed, crc",
}
"""The columns of each table in the order in which `rows` packs and reads them."""

ACCOUNTS: Final[dict[str, str]] = {
    "spaces": "id, name, created",
    "people": "id, space, name, created, admin, email, password, erased",
    "grants": "id, kind, space, person, digest, created, expires, name, table_id, seat, role, scopes, csrf, revoked",
    "invites": "id, space, table_id, role, link_digest, code_digest, created_by, created, expires, uses_left, revoked",
    "ledger": "id, owners, resource, amount, at, state, job",
    "ledger_owners": "owner, at, entry",
    "campaigns": "id, space, name, note, created_by, created",
    "placements": "table_id, campaign",
    "characters": "id, space, person, name, body, created, updated",
    "reports": "id, space, table_id, version, reporter, seat, person, reason, note, created, outcome, closed_by, "
    "closed",
    "bans": "id, space, person, banned_by, created, reason, table_id, lifted",
    "jobs": "id, space, owner, queue, kind, payload, created, job_key, reply, entry, most_attempts, ready, turn, "
    "state, attempts, progress, worker, lease, unwanted, result, error, finished, told",
    "voices": "id, space, person, name, body, created",
    "pictures": "id, space, person, file, prompt, style, width, height, seed, engine, created, small",
    "audit": "id, at, space, who, by_kind, did, whom, table_id, detail, request",
}
"""The columns of the tables of accounts, in the order of the values' fields (`accounts.values`)."""

MADE_ANEW: Final = ("memories", "memory_marks", "memory_vectors")
"""Tables whose rows are made of the log again when they are missing, so no store carries them along."""


def statements(since: int, bytes_type: str, upto: int = VERSION) -> tuple[str, ...]:
    """Return what brings a schema from version `since` (0: an empty database) to another, and notes which it is."""
    noted = ("DELETE FROM meta WHERE name = 'schema'", f"INSERT INTO meta VALUES ('schema', '{upto}')")  # noqa: S608
    steps = tuple(sql.format(bytes=bytes_type) for step in MIGRATIONS[since:upto] for sql in step)
    return (*steps, *noted) if since < upto else ()
