-- The case file, version 1. docs/case.md says what each table is for. Times are ticks of 100 ns since
-- 1601 in UTC; NULL where a time is not known. Texts are as recorded.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE data_file ( -- rules and tables that the case was made with
    name TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE argument ( -- what was named on the command line
    id INTEGER PRIMARY KEY,
    given TEXT NOT NULL,
    path TEXT NOT NULL
) STRICT;

CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    argument TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL,
    same_as TEXT NOT NULL,
    damage_not_listed INTEGER NOT NULL
) STRICT;

CREATE TABLE damage (
    source INTEGER NOT NULL REFERENCES source,
    seq INTEGER NOT NULL,
    code TEXT NOT NULL,
    severity TEXT NOT NULL,
    offset INTEGER NOT NULL,
    size INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (source, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE damage_count (
    source INTEGER NOT NULL REFERENCES source,
    code TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (source, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE host (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    system TEXT NOT NULL,
    first INTEGER,
    last INTEGER
) STRICT;

CREATE TABLE host_note (
    host INTEGER NOT NULL REFERENCES host,
    seq INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (host, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE boot (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    started INTEGER,
    ended INTEGER
) STRICT;

CREATE TABLE fact (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    map INTEGER NOT NULL,
    host TEXT NOT NULL,
    time INTEGER,
    precision INTEGER NOT NULL,
    means TEXT NOT NULL,
    flags INTEGER NOT NULL
) STRICT;

CREATE TABLE fact_record (
    fact INTEGER NOT NULL REFERENCES fact,
    seq INTEGER NOT NULL,
    source INTEGER NOT NULL REFERENCES source,
    offset INTEGER NOT NULL,
    record_id INTEGER NOT NULL,
    channel TEXT NOT NULL,
    provider TEXT NOT NULL,
    host TEXT NOT NULL,
    event_id INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    place TEXT NOT NULL,
    PRIMARY KEY (fact, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE fact_attribute (
    fact INTEGER NOT NULL REFERENCES fact,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (fact, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    fact INTEGER PRIMARY KEY REFERENCES fact,
    host TEXT NOT NULL,
    logon_id TEXT NOT NULL,
    linked_logon_id TEXT,
    account TEXT,
    domain TEXT,
    sid TEXT,
    type TEXT,
    started INTEGER,
    ended INTEGER
) STRICT;

CREATE TABLE process (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    started INTEGER,
    ended INTEGER,
    guid TEXT NOT NULL,
    pid TEXT NOT NULL,
    image TEXT NOT NULL,
    original_name TEXT NOT NULL,
    command_line TEXT NOT NULL,
    logon_id TEXT NOT NULL,
    creator_logon_id TEXT NOT NULL,
    parent INTEGER,
    parent_doubtful INTEGER NOT NULL,
    creation_unseen INTEGER NOT NULL
) STRICT;

CREATE TABLE process_fact (
    process INTEGER NOT NULL REFERENCES process,
    role TEXT NOT NULL,
    fact INTEGER NOT NULL REFERENCES fact,
    PRIMARY KEY (process, role, fact)
) STRICT, WITHOUT ROWID;

CREATE TABLE coverage (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    recorder TEXT NOT NULL,
    source TEXT NOT NULL,
    shown TEXT NOT NULL,
    minor INTEGER NOT NULL,
    state TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE coverage_span (
    coverage INTEGER NOT NULL REFERENCES coverage,
    seq INTEGER NOT NULL,
    from_time INTEGER NOT NULL,
    to_time INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (coverage, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE coverage_proof (
    coverage INTEGER NOT NULL REFERENCES coverage,
    fact INTEGER NOT NULL REFERENCES fact,
    PRIMARY KEY (coverage, fact)
) STRICT, WITHOUT ROWID;

CREATE TABLE claim (
    id INTEGER PRIMARY KEY,
    claim TEXT NOT NULL,
    title TEXT NOT NULL,
    rule TEXT NOT NULL,
    effect INTEGER NOT NULL,
    host TEXT NOT NULL,
    host_recorded TEXT NOT NULL,
    from_host TEXT NOT NULL,
    time INTEGER,
    time_means TEXT NOT NULL,
    how TEXT NOT NULL
) STRICT;

CREATE TABLE claim_parameter (
    claim INTEGER NOT NULL REFERENCES claim,
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY (claim, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict (
    claim INTEGER PRIMARY KEY REFERENCES claim,
    id TEXT NOT NULL,
    word TEXT NOT NULL,
    grade TEXT NOT NULL,
    marks TEXT NOT NULL,
    urgent INTEGER NOT NULL,
    quiet INTEGER NOT NULL,
    to_decide INTEGER NOT NULL,
    label TEXT NOT NULL,
    text TEXT NOT NULL,
    as_of INTEGER,
    lifetime INTEGER NOT NULL,
    undone_by TEXT NOT NULL,
    expected TEXT NOT NULL,
    process INTEGER NOT NULL,
    evidence_total INTEGER NOT NULL
) STRICT;

CREATE INDEX verdict_id ON verdict (id);

CREATE TABLE rung (
    claim INTEGER NOT NULL REFERENCES claim,
    rung TEXT NOT NULL,
    state TEXT NOT NULL,
    grade TEXT NOT NULL,
    PRIMARY KEY (claim, rung)
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence (
    claim INTEGER NOT NULL REFERENCES claim,
    seq INTEGER NOT NULL,
    rung TEXT NOT NULL,
    role TEXT NOT NULL,
    trace TEXT NOT NULL,
    fact INTEGER NOT NULL REFERENCES fact,
    link TEXT NOT NULL,
    text TEXT NOT NULL,
    shown TEXT NOT NULL,
    PRIMARY KEY (claim, seq)
) STRICT, WITHOUT ROWID;

CREATE VIEW trigger AS
    SELECT claim, seq, fact, text FROM evidence WHERE trace = 'trigger';

CREATE VIEW program AS
    SELECT claim.id AS claim, claim.host AS host, claim_parameter.value AS path
    FROM claim JOIN claim_parameter ON claim_parameter.claim = claim.id
    WHERE claim.claim = 'program-ran' AND claim_parameter.name = 'program';

CREATE TABLE mention (
    claim INTEGER NOT NULL REFERENCES claim,
    seq INTEGER NOT NULL,
    artefact TEXT NOT NULL,
    shows TEXT NOT NULL,
    n INTEGER NOT NULL,
    runs INTEGER NOT NULL,
    first_launch INTEGER,
    last_launch INTEGER,
    PRIMARY KEY (claim, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE missing (
    claim INTEGER NOT NULL REFERENCES claim,
    seq INTEGER NOT NULL,
    rung TEXT NOT NULL,
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (claim, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE constellation (
    claim INTEGER NOT NULL REFERENCES claim,
    seq INTEGER NOT NULL,
    trace TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (claim, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict_item ( -- lists of texts: alternative, attack, one-of, settle
    claim INTEGER NOT NULL REFERENCES claim,
    list TEXT NOT NULL,
    seq INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (claim, list, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE secret ( -- passwords of command lines: masked wherever people read
    value TEXT NOT NULL
) STRICT;

CREATE TABLE alert ( -- not filled yet
    id INTEGER PRIMARY KEY,
    time INTEGER,
    host TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE note ( -- the examiner's; survives when evidence is added
    id INTEGER PRIMARY KEY,
    verdict TEXT NOT NULL,
    stance TEXT NOT NULL,
    because TEXT NOT NULL,
    by TEXT NOT NULL
) STRICT;
