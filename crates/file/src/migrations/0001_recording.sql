-- The recording. Row ids of operations are session << 40 | sequence_number, so that (session, number) needs no index.
-- Times are nanoseconds since the Unix epoch. Codes are those of the program's enums; the views below spell them out.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE session (
  no INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL UNIQUE,
  parent INTEGER, parent_seq INTEGER,
  origin INTEGER NOT NULL, cluster TEXT NOT NULL, clock INTEGER NOT NULL, state INTEGER NOT NULL,
  start_at INTEGER NOT NULL, end_at INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL,
  -- the id of the key by which secrets were replaced; the key itself is nowhere
  redaction_key TEXT NOT NULL DEFAULT '',
  -- counters, kept by the writer: opening counts nothing
  operations INTEGER NOT NULL DEFAULT 0, spans INTEGER NOT NULL DEFAULT 0, gaps INTEGER NOT NULL DEFAULT 0,
  log_lines INTEGER NOT NULL DEFAULT 0, errors INTEGER NOT NULL DEFAULT 0,
  -- up to which operation, and which version, the trails know everything
  trailed INTEGER NOT NULL DEFAULT 0, trailed_version INTEGER NOT NULL DEFAULT 0
);

-- Texts that come again and again: namespaces, names, selectors, user agents, messages.
CREATE TABLE text (id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE);

CREATE TABLE actor (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, parent INTEGER);
-- One incarnation of an actor in a session.
CREATE TABLE viewer (id INTEGER PRIMARY KEY, actor INTEGER NOT NULL, session INTEGER NOT NULL, incarnation INTEGER NOT NULL, since INTEGER NOT NULL);
CREATE INDEX viewer_by_actor ON viewer (actor, session, incarnation);

-- The lists in versions, short_names, verbs and list_keys are JSON arrays.
CREATE TABLE kind (
  id INTEGER PRIMARY KEY, grp TEXT NOT NULL, resource TEXT NOT NULL, versions TEXT NOT NULL DEFAULT '[]', kind TEXT NOT NULL DEFAULT '',
  namespaced INTEGER, short_names TEXT NOT NULL DEFAULT '[]', verbs TEXT NOT NULL DEFAULT '[]', list_keys TEXT NOT NULL DEFAULT '[]',
  schema TEXT, UNIQUE (grp, resource)
);

-- One incarnation of an object. `session` is where it was first named.
CREATE TABLE object (
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, namespace INTEGER NOT NULL, name INTEGER NOT NULL,
  incarnation INTEGER NOT NULL, uid TEXT NOT NULL, session INTEGER NOT NULL
);
CREATE INDEX object_by_key ON object (kind, namespace, name, incarnation);
CREATE INDEX object_by_name ON object (name, namespace);

-- Texts: codec 0 is the text itself, 1 zstd, 2 zstd with the text of `keyframe` as its prefix.
CREATE TABLE body (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, bytes INTEGER NOT NULL, codec INTEGER NOT NULL, keyframe INTEGER, data NOT NULL);

-- One shape of one state of an object. `op` first showed it. rv is NULL where rank_number is the resourceVersion.
-- gone: 1 concluded (a 404, a list), 2 said. `head`: from here on it is what the world has of the object.
CREATE TABLE version (
  id INTEGER PRIMARY KEY, object INTEGER NOT NULL, op INTEGER NOT NULL, rank_number INTEGER NOT NULL, rank_arrival INTEGER NOT NULL,
  rv TEXT, gone INTEGER NOT NULL, shape INTEGER NOT NULL, head INTEGER NOT NULL, api_version INTEGER, generation INTEGER, body INTEGER
);
-- The heads of an object rise in rank, so its world's trail has them in order; what came late is here.
CREATE INDEX version_late ON version (object, rank_number, rank_arrival) WHERE head = 0;
CREATE INDEX version_by_number ON version (rank_number) WHERE rank_arrival = 0;
CREATE INDEX version_by_text ON version (rv) WHERE rv IS NOT NULL;

-- flags: 1 the world changed by it, 2 first of its reconcile. started: how many numbers before its own it began.
CREATE TABLE op (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, duration INTEGER NOT NULL, started INTEGER NOT NULL, viewer INTEGER NOT NULL,
  verb INTEGER NOT NULL, status INTEGER NOT NULL, outcome INTEGER NOT NULL, flags INTEGER NOT NULL,
  object INTEGER, version INTEGER, kind INTEGER, namespace INTEGER, name INTEGER, subresource INTEGER,
  span INTEGER, watch INTEGER, error INTEGER, request INTEGER, response INTEGER
);
CREATE INDEX op_by_span ON op (span) WHERE span IS NOT NULL;

-- The rarer facts of a call; `id` is the operation's.
CREATE TABLE detail (
  id INTEGER PRIMARY KEY, uri TEXT NOT NULL, user_agent INTEGER, field_manager INTEGER, media_type INTEGER, precondition TEXT NOT NULL,
  audit_id TEXT NOT NULL, traceparent TEXT NOT NULL, reason INTEGER, request_bytes INTEGER NOT NULL, response_bytes INTEGER NOT NULL
);

-- What a LIST (`op`) says of itself. covers: complete and without selector, so what it lacks is not there.
CREATE TABLE list (
  op INTEGER PRIMARY KEY, viewer INTEGER NOT NULL, kind INTEGER NOT NULL, namespace INTEGER NOT NULL, selector INTEGER,
  rv TEXT NOT NULL, complete INTEGER NOT NULL, covers INTEGER NOT NULL, items INTEGER NOT NULL, changed INTEGER NOT NULL
);
CREATE INDEX list_by_scope ON list (kind, namespace, op) WHERE covers = 1;
CREATE INDEX list_by_viewer ON list (kind, namespace, viewer, op) WHERE covers = 1;

-- Changes of a view that are not the operation's own object: list items (item = 1), what left by this
-- very operation (item = 2), what a list lacked, what a new
-- incarnation replaced, what left a selector. version NULL: it left the view.
CREATE TABLE showing (
  op INTEGER NOT NULL, object INTEGER NOT NULL, viewer INTEGER NOT NULL, version INTEGER, item INTEGER NOT NULL,
  PRIMARY KEY (op, object, viewer)
) WITHOUT ROWID;

-- Trails: by object and viewer (0: the world) the operations that showed it, in runs (see store::trail). `first`: the
-- first operation of the run. What is younger than session.trailed is in no run yet: it is read from op, showing and
-- version. trail_recent: short runs, until enough of them are together to become long ones.
CREATE TABLE trail (
  object INTEGER NOT NULL, viewer INTEGER NOT NULL, first INTEGER NOT NULL, showings BLOB NOT NULL, PRIMARY KEY (object, viewer, first)
) WITHOUT ROWID;
CREATE TABLE trail_recent (
  object INTEGER NOT NULL, viewer INTEGER NOT NULL, first INTEGER NOT NULL, showings BLOB NOT NULL, PRIMARY KEY (object, viewer, first)
) WITHOUT ROWID;

CREATE TABLE watch (
  id INTEGER PRIMARY KEY, session INTEGER NOT NULL, viewer INTEGER NOT NULL, kind INTEGER NOT NULL, namespace INTEGER NOT NULL,
  selector INTEGER, from_rv TEXT NOT NULL, initial_events INTEGER NOT NULL, opened INTEGER NOT NULL, progress TEXT NOT NULL,
  events INTEGER NOT NULL, closed INTEGER, outcome INTEGER NOT NULL
);

CREATE TABLE span (
  id INTEGER PRIMARY KEY, label TEXT NOT NULL, session INTEGER NOT NULL, actor INTEGER NOT NULL,
  grp TEXT NOT NULL, resource TEXT NOT NULL, kind_name TEXT NOT NULL, namespace INTEGER NOT NULL, name INTEGER NOT NULL,
  start_at INTEGER NOT NULL, duration INTEGER, started_after INTEGER NOT NULL, ended_after INTEGER,
  result INTEGER NOT NULL, error TEXT NOT NULL, requeue_after INTEGER, attempt INTEGER NOT NULL, inferred INTEGER
);
CREATE INDEX span_by_start ON span (session, started_after);
CREATE TABLE span_trigger (
  span INTEGER NOT NULL, no INTEGER NOT NULL, op INTEGER, uid TEXT NOT NULL, resource_version TEXT NOT NULL, reason INTEGER NOT NULL,
  certainty INTEGER NOT NULL, PRIMARY KEY (span, no)
) WITHOUT ROWID;
CREATE INDEX span_trigger_by_op ON span_trigger (op) WHERE op IS NOT NULL;

CREATE TABLE log (
  id INTEGER PRIMARY KEY, session INTEGER NOT NULL, after INTEGER NOT NULL, at INTEGER NOT NULL, stream INTEGER NOT NULL,
  level INTEGER NOT NULL, span INTEGER, text TEXT NOT NULL
);
CREATE INDEX log_by_place ON log (session, after);

-- kind NULL: anything; actor NULL: anybody.
CREATE TABLE gap (
  id INTEGER PRIMARY KEY, session INTEGER NOT NULL, actor INTEGER, kind INTEGER, namespace INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL, reason INTEGER NOT NULL
);
CREATE INDEX gap_by_place ON gap (session, first);

-- A run of operations that stands alone: nothing in it refers back except through its checkpoint.
CREATE TABLE segment (
  first_op INTEGER PRIMARY KEY, first_version INTEGER NOT NULL, first_body INTEGER NOT NULL, at INTEGER NOT NULL
);
-- The heads at a segment's start: viewer 0 is the world, -1 what it lost lately. heads: zstd of varints (see store::heads).
CREATE TABLE checkpoint (segment INTEGER NOT NULL, viewer INTEGER NOT NULL, count INTEGER NOT NULL, heads BLOB NOT NULL, PRIMARY KEY (segment, viewer)) WITHOUT ROWID;

-- Summaries of 1,024 (level 0) and 65,536 (level 1) numbers. id: session << 40 | no. actors, kinds, running: varints of rising ids.
-- verbs: bit set of codes. idle: the longest time without operations that ends in the block. running: the spans that ran when
-- the block began.
CREATE TABLE block (
  level INTEGER NOT NULL, id INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, min_at INTEGER NOT NULL, max_at INTEGER NOT NULL,
  reads INTEGER NOT NULL, writes INTEGER NOT NULL, watch_events INTEGER NOT NULL, errors INTEGER NOT NULL, reconciles INTEGER NOT NULL,
  verbs INTEGER NOT NULL, idle INTEGER NOT NULL, running BLOB NOT NULL, actors BLOB NOT NULL, kinds BLOB NOT NULL, PRIMARY KEY (level, id)
) WITHOUT ROWID;
-- One byte per number of a block: verb | 16 error | 32 first of a reconcile | 128 there is such an operation.
CREATE TABLE block_ops (id INTEGER PRIMARY KEY, marks BLOB NOT NULL);

CREATE TABLE bookmark (name TEXT PRIMARY KEY, session INTEGER NOT NULL, at INTEGER NOT NULL, note TEXT NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;

-- What analysis found, kept for (lineage end, detectors' version, settings).
CREATE TABLE finding (id INTEGER PRIMARY KEY, cache_key TEXT NOT NULL, content TEXT NOT NULL);
CREATE INDEX finding_by_key ON finding (cache_key);

-- What is made of versions by a later pass: the fingerprint of the normalised state, and which paths changed since `base`.
-- scheme: how it was made. change_set NULL: anything may have changed. paths: rising fingerprints, 4 bytes each.
CREATE TABLE change_set (id INTEGER PRIMARY KEY, paths BLOB NOT NULL UNIQUE);
CREATE TABLE derived (version INTEGER PRIMARY KEY, scheme INTEGER NOT NULL, base INTEGER, norm_hash INTEGER NOT NULL, change_set INTEGER);

CREATE VIEW operations (
  id, session_id, sequence_number, timestamp, operation_type, resource_kind, namespace, name, resource_data, error, duration_ms,
  actor_id, uid, resource_version, generation, verb, timestamp_ns, duration_ns, status, outcome, subresource, resource, api_group,
  started_after, changed_world, span_id, gone, body_id, body_bytes, request_body_id
) AS SELECT
  o.id, s.session_id, o.id & 1099511627775, o.at / 1000000000,
  CASE o.verb WHEN 0 THEN 'GET' WHEN 1 THEN 'LIST' WHEN 3 THEN 'CREATE' WHEN 4 THEN 'UPDATE' WHEN 5 THEN 'PATCH'
    WHEN 6 THEN 'DELETE' WHEN 7 THEN 'DELETE' WHEN 8 THEN 'CREATE' ELSE 'WATCH' END,
  coalesce(nullif(k.kind, ''), k.resource, ''), coalesce(ns.value, ''), coalesce(nm.value, ''),
  coalesce(CASE WHEN b.codec = 0 THEN b.data END, ''), coalesce(e.value, ''), o.duration / 1000000,
  a.name, coalesce(j.uid, ''), coalesce(v.rv, CASE WHEN v.rank_arrival = 0 AND v.id IS NOT NULL THEN CAST(v.rank_number AS TEXT) END, ''),
  coalesce(v.generation, 0),
  CASE o.verb WHEN 0 THEN 'get' WHEN 1 THEN 'list' WHEN 2 THEN 'watch' WHEN 3 THEN 'create' WHEN 4 THEN 'update' WHEN 5 THEN 'patch'
    WHEN 6 THEN 'delete' WHEN 7 THEN 'deletecollection' WHEN 8 THEN 'connect' WHEN 9 THEN 'ADDED' WHEN 10 THEN 'MODIFIED'
    WHEN 11 THEN 'DELETED' WHEN 12 THEN 'ERROR' END,
  o.at, o.duration, o.status,
  CASE o.outcome WHEN 0 THEN 'done' WHEN 1 THEN 'refused' WHEN 2 THEN 'dry run' WHEN 3 THEN 'maybe applied' WHEN 4 THEN 'lost' END,
  coalesce(sr.value, ''), coalesce(k.resource, ''), coalesce(k.grp, ''), (o.id & 1099511627775) - o.started, o.flags & 1,
  p.label, coalesce(v.gone > 0, 0), b.id, b.bytes, o.request
FROM op o
  JOIN session s ON s.no = o.id >> 40
  JOIN viewer w ON w.id = o.viewer JOIN actor a ON a.id = w.actor
  LEFT JOIN object j ON j.id = o.object
  LEFT JOIN kind k ON k.id = coalesce(o.kind, j.kind)
  LEFT JOIN text ns ON ns.id = coalesce(o.namespace, j.namespace)
  LEFT JOIN text nm ON nm.id = coalesce(o.name, j.name)
  LEFT JOIN text sr ON sr.id = o.subresource
  LEFT JOIN text e ON e.id = o.error
  LEFT JOIN version v ON v.id = o.version
  LEFT JOIN body b ON b.id = coalesce(o.response, v.body)
  LEFT JOIN span p ON p.id = o.span;

CREATE VIEW reconcile_spans (
  id, session_id, actor_id, start_ts, end_ts, duration_ms, kind, namespace, name, trigger_uid, trigger_resource_version, trigger_reason,
  error, result, attempt, requeue_after_ms, started_after, ended_after, start_ns, duration_ns, inferred
) AS SELECT
  p.label, s.session_id, a.name, p.start_at / 1000000000, (p.start_at + p.duration) / 1000000000, p.duration / 1000000,
  coalesce(nullif(p.kind_name, ''), p.resource), ns.value, nm.value,
  coalesce(t.uid, ''), coalesce(t.resource_version, ''), coalesce(r.value, ''), p.error,
  CASE p.result WHEN 0 THEN 'unknown' WHEN 1 THEN 'ok' WHEN 2 THEN 'error' WHEN 3 THEN 'cancelled' END, p.attempt,
  p.requeue_after / 1000000, p.started_after, p.ended_after, p.start_at, p.duration,
  CASE p.inferred WHEN 0 THEN 'guess' WHEN 1 THEN 'likely' WHEN 2 THEN 'exact' END
FROM span p
  JOIN session s ON s.no = p.session JOIN actor a ON a.id = p.actor
  JOIN text ns ON ns.id = p.namespace JOIN text nm ON nm.id = p.name
  LEFT JOIN span_trigger t ON t.span = p.id AND t.no = 0
  LEFT JOIN text r ON r.id = t.reason;
