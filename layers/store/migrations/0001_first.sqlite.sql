CREATE TABLE meta (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE counter (
    name TEXT NOT NULL,
    next BIGINT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE change_log (
    seq INTEGER NOT NULL,
    unit BIGINT NOT NULL,
    layer TEXT NOT NULL,
    op TEXT NOT NULL,
    ids BLOB NOT NULL,
    at BIGINT NOT NULL,
    xmin_old DOUBLE,
    ymin_old DOUBLE,
    xmax_old DOUBLE,
    ymax_old DOUBLE,
    xmin_new DOUBLE,
    ymin_new DOUBLE,
    xmax_new DOUBLE,
    ymax_new DOUBLE,
    PRIMARY KEY (seq)
);

CREATE TABLE audit (
    seq INTEGER NOT NULL,
    at BIGINT NOT NULL,
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    purpose TEXT NOT NULL,
    action TEXT NOT NULL,
    count BIGINT NOT NULL,
    detail TEXT NOT NULL,
    ids BLOB NOT NULL,
    digest BLOB NOT NULL,
    change_seq BIGINT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (seq)
);

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;

CREATE TABLE grid_version (
    number INTEGER NOT NULL,
    effective_from BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    author TEXT NOT NULL,
    note TEXT NOT NULL,
    west DOUBLE NOT NULL,
    south DOUBLE NOT NULL,
    east DOUBLE NOT NULL,
    north DOUBLE NOT NULL,
    arcs_sha256 BLOB NOT NULL,
    arcs BLOB NOT NULL,
    PRIMARY KEY (number)
);

CREATE TABLE grid_code (
    id INTEGER NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (code)
);

CREATE TABLE grid_unit (
    version BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    parent_id BIGINT,
    PRIMARY KEY (version, unit_id),
    FOREIGN KEY (version) REFERENCES grid_version (number),
    FOREIGN KEY (unit_id) REFERENCES grid_code (id)
);

CREATE TABLE grid_lineage (
    version BIGINT NOT NULL,
    old_id BIGINT NOT NULL,
    new_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (version, old_id, new_id),
    FOREIGN KEY (version) REFERENCES grid_version (number),
    FOREIGN KEY (old_id) REFERENCES grid_code (id),
    FOREIGN KEY (new_id) REFERENCES grid_code (id)
);
