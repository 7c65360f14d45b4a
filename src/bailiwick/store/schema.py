"""Every table, once. State tables have a text primary key `id`; the log's tables are written by the writer alone."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, ForeignKeyConstraint, Index, Integer, LargeBinary, Table

import bailiwick.store.anchor_schema  # its tables belong to the one metadata
import bailiwick.store.server_schema  # noqa: F401  # its tables belong to the one metadata
from bailiwick.store import column
from bailiwick.store.column import SMALL, Big, Text
from bailiwick.store.column import big as _big
from bailiwick.store.column import json as _json
from bailiwick.store.column import key as _key
from bailiwick.store.column import text as _text

metadata = column.metadata

installation = Table("installation", metadata, _key(), _text("name"), _text("mode"), _big("created_us"))

person = Table(
    "person",
    metadata,
    _key(),
    _text("email"),
    _text("name"),
    _json("roles"),
    Column("active", Boolean, nullable=False),
    _text("password", null=True),
    _big("created_us"),
    Index(None, "email", unique=True),
)
email = Table("email", metadata, _key(), _text("person"), **SMALL)
session = Table(
    "session",
    metadata,
    _key(),
    _text("person"),
    _text("kind"),
    _big("created_us"),
    _big("expires_us"),
    Index(None, "person"),
)
signin = Table("signin", metadata, _key(), _text("person"), _big("expires_us"), _big("used_us", null=True))

document = Table(
    "document", metadata, _key(), _text("kind"), Column("body", LargeBinary, nullable=False), _big("at_us")
)

charter = Table(
    "charter",
    metadata,
    _key(),
    _text("digest"),
    _text("source"),
    Column("version", Integer, nullable=False),
    _text("workflow"),
    _text("owner"),
    _text("backup"),
    _big("published_us"),
    _text("published_by"),
)
charter_version = Table(
    "charter_version",
    metadata,
    _key(),
    _text("charter"),
    Column("version", Integer, nullable=False),
    _text("digest"),
    _text("source"),
    _text("note"),
    _text("status"),
    _text("proposed_by"),
    _text("published_by", null=True),
    _big("at_us"),
    _text("relation"),
    _json("consents"),
    Index(None, "charter", "version"),
)
charter_tag = Table(
    "charter_tag",
    metadata,
    _key(),
    _text("charter"),
    _text("tag"),
    Column("version", Integer, nullable=False),
    _text("digest"),
    _big("moved_us"),
    _text("moved_by"),
)

trial = Table(
    "trial",
    metadata,
    _key(),
    _text("kind"),
    _text("state"),
    _text("digest"),
    _text("source"),
    _text("note"),
    _text("base"),
    _json("steps"),
    _big("started_us"),
    _text("started_by"),
    _text("proposed_by"),
    _big("ended_us", null=True),
    _text("ended_by", null=True),
    **SMALL,
)
"""Another version of a charter beside the one in force, one a charter; `id` is its name. `steps` lists the share of
runs that it decides, in hundredths, with the time from which it counts."""

connector = Table(
    "connector",
    metadata,
    _key(),
    _text("transport"),
    _text("url", null=True),
    _json("command"),
    _json("environment"),
    _text("scope"),
    _text("vendor"),
    _text("responsible"),
    _text("data_terms"),
    _text("review_by"),
    _big("secret_set_us", null=True),
    Column("secret_max_age_days", Integer, nullable=False),
    _text("catalogue", null=True),
    _text("definitions", null=True),
    _text("source", null=True),
    _big("added_us"),
    _text("added_by"),
)

agent = Table(
    "agent",
    metadata,
    _key(),
    _text("charter"),
    _text("key"),
    _json("jwk"),
    Column("epoch", Integer, nullable=False),
    _text("status"),
    _big("enrolled_us"),
    _text("enrolled_by"),
    _text("implicit_run", null=True),
    _text("behaviour", null=True),
)
agent_key = Table("agent_key", metadata, _key(), _text("agent"), **SMALL)
assertion = Table("assertion", metadata, _key(), _big("expires_us"), Index(None, "expires_us"))

behaviour = Table(
    "behaviour",
    metadata,
    _key(),
    _text("agent"),
    Column("number", Integer, nullable=False),
    _json("components"),
    _text("note"),
    _text("status"),
    _text("registered_by"),
    _big("registered_us"),
    Column("acceptance", JSON),
    _text("activated_by", null=True),
    _big("activated_us", null=True),
    Index(None, "agent", "number"),
)
behaviour_count = Table("behaviour_count", metadata, _key(), _big("last"), **SMALL)

run = Table(
    "run",
    metadata,
    _key(),
    _text("agent"),
    _text("workflow"),
    _text("intent"),
    Column("declared", Boolean, nullable=False),
    _text("parent", null=True),
    _text("root"),
    _text("requester", null=True),
    _text("status"),
    _text("outcome", null=True),
    _big("opened_us"),
    _big("last_us"),
    _big("ended_us", null=True),
    _big("waited_us"),
    _big("waiting_since_us", null=True),
    Column("calls", Integer, nullable=False),
    _text("behaviour", null=True),
    Index(None, "agent"),
    Index(None, "parent"),
    **SMALL,
)
action = Table(
    "action",
    metadata,
    _key(),
    _text("run"),
    _text("agent"),
    _text("parent", null=True),
    _text("connector"),
    _text("tool"),
    _text("name", null=True),
    _text("digest"),
    _text("state"),
    _text("verdict"),
    _text("code", null=True),
    _text("tier", null=True),
    _json("rules"),
    _text("approval", null=True),
    _text("charter", null=True),
    _text("catalogue", null=True),
    _text("definition", null=True),
    _text("evidence", null=True),
    _text("server", null=True),
    _big("at_us"),
    _big("settled_us", null=True),
    Index(None, "run"),
    Index(None, "state"),
    Index(None, "agent", "name", "id"),
)

approval = Table(
    "approval",
    metadata,
    _key(),
    _text("status"),
    _json("slots"),
    _big("within_us"),
    _json("excluded"),
    _big("expires_us"),
    _big("use_by_us", null=True),
    _json("votes"),
    _text("binding"),
    _text("agent"),
    _text("run"),
    _text("action"),
    _text("name"),
    _text("digest"),
    _text("definition"),
    _text("charter"),
    _text("connector"),
    _text("tool"),
    _big("opened_us"),
    _big("settled_us", null=True),
    _text("used_by", null=True),
    Index(None, "status", "opened_us"),
    Index(None, "agent"),
)
approval_slot = Table("approval_slot", metadata, _key(), _text("approval"), **SMALL)

tally = Table("tally", metadata, _key(), _big("total"), _big("at_us"), **SMALL)
repeat = Table(
    "repeat",
    metadata,
    _key(),
    Column("calls", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    **SMALL,
)
step = Table("step", metadata, _key(), _text("state"), _big("at_us"), **SMALL)
seen = Table("seen", metadata, _key(), _big("at_us"), **SMALL)
inflight = Table("inflight", metadata, _key(), _text("action"), _text("state"), **SMALL)
denial = Table("denial", metadata, _key(), _big("minute_us"), Column("count", Integer, nullable=False))
quarantine = Table(
    "quarantine",
    metadata,
    _key(),
    _text("connector"),
    _text("tool"),
    _text("change"),
    _text("pinned", null=True),
    _text("offered", null=True),
    _text("definition", null=True),
    _text("sentence"),
    _big("since_us"),
    _big("seen_us"),
    Index(None, "connector"),
)
halt = Table("halt", metadata, _key(), _text("reason"), _text("set_by"), _big("set_us"))

posting = Table("posting", metadata, _key(), _big("seq"), Column("aspects", Integer, nullable=False), **SMALL)
"""`id` is a term of `core.posting` and a place: the log entry `seq` is about that term, and answers these questions."""
posting_state = Table("posting_state", metadata, _key(), _big("size"), _text("key"), **SMALL)
saved_search = Table(
    "saved_search",
    metadata,
    _key(),
    _text("person"),
    _text("name"),
    _text("question"),
    _json("asked"),
    _big("saved_us"),
    Index(None, "person"),
)

erasure = Table(
    "erasure",
    metadata,
    _key(),
    _text("kind"),
    _text("state"),
    _text("asked_by"),
    _big("asked_us"),
    _big("done_us", null=True),
    Column("segments", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    **SMALL,
)
"""Subjects that were forgotten, or are about to be, by pseudonym."""
retention = Table(
    "retention",
    metadata,
    _key(),
    Column("keep_days", Integer, nullable=False),
    Column("most_days", Integer, nullable=False),
    _big("set_us"),
    _text("set_by"),
    **SMALL,
)
"""How long payloads of a data class are kept, at least and at most; 0 days at most means for ever."""

log_state = Table("log_state", metadata, _key(), _big("size"), Column("frontier", LargeBinary, nullable=False))
log_batch = Table(
    "log_batch",
    metadata,
    Column("turn", Big, primary_key=True, autoincrement=False),
    _text("batch"),
    _text("changed", null=True),
)
"""The last batches of a store that several servers write: their names, and which rows each changed, null for too many
to name. By this a server knows what it still remembers rightly, and whether a commit whose answer was lost was made."""
log_entry = Table(
    "log_entry",
    metadata,
    Column("seq", Big, primary_key=True, autoincrement=False),
    _text("event_id"),
    _big("at_us"),
    _text("type"),
    _text("actor"),
    _text("agent", null=True),
    _text("run", null=True),
    _text("action", null=True),
    _text("tool", null=True),
    _text("verdict", null=True),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "event_id", unique=True),
    Index(None, "run", "seq"),
    Index(None, "type", "seq"),
    Index(None, "agent", "seq"),
    Index(None, "actor", "seq"),
    Index(None, "action"),
)
payload = Table(
    "payload",
    metadata,
    Column("seq", Big, ForeignKey("log_entry.seq"), primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("keys", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "id", unique=True),
)
"""What leaves commit to: part 0 is what the leaf names, each further part a segment that part 0 names. `keys` are the
ids of the keys that open it, which lie in another store."""
payload_subject = Table(
    "payload_subject",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("seq", Big, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    ForeignKeyConstraint(["seq", "part"], ["payload.seq", "payload.part"], ondelete="CASCADE"),
    Index(None, "seq", "part"),
    **SMALL,
)
"""Which segments belong to a subject, by pseudonym."""
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Big, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    _big("at_us"),
)

STATE_TABLES = {
    table.name: table
    for table in metadata.tables.values()
    if "id" in table.c and table.name not in {"log_state", "payload"}
}
"""The tables that a shelf reads and writes."""
