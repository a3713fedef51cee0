CREATE TABLE meta (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key)
);

CREATE TABLE counter (
    name TEXT NOT NULL,
    next BIGINT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE change_log (
    seq BIGINT NOT NULL,
    unit BIGINT NOT NULL,
    layer TEXT NOT NULL,
    op TEXT NOT NULL,
    ids BYTEA NOT NULL,
    at BIGINT NOT NULL,
    xmin_old DOUBLE PRECISION,
    ymin_old DOUBLE PRECISION,
    xmax_old DOUBLE PRECISION,
    ymax_old DOUBLE PRECISION,
    xmin_new DOUBLE PRECISION,
    ymin_new DOUBLE PRECISION,
    xmax_new DOUBLE PRECISION,
    ymax_new DOUBLE PRECISION,
    PRIMARY KEY (seq)
);

CREATE TABLE audit (
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    purpose TEXT NOT NULL,
    action TEXT NOT NULL,
    count BIGINT NOT NULL,
    detail TEXT NOT NULL,
    ids BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    change_seq BIGINT NOT NULL,
    previous BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (seq)
);

CREATE FUNCTION audit_refuses_changes() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''the audit is append-only''; END';

CREATE CONSTRAINT TRIGGER audit_no_change AFTER UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuses_changes();

CREATE TABLE grid_version (
    number BIGINT NOT NULL,
    effective_from BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    author TEXT NOT NULL,
    note TEXT NOT NULL,
    west DOUBLE PRECISION NOT NULL,
    south DOUBLE PRECISION NOT NULL,
    east DOUBLE PRECISION NOT NULL,
    north DOUBLE PRECISION NOT NULL,
    arcs_sha256 BYTEA NOT NULL,
    arcs BYTEA NOT NULL,
    PRIMARY KEY (number)
);

CREATE TABLE grid_code (
    id BIGINT NOT NULL,
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
    FOREIGN KEY(version) REFERENCES grid_version (number),
    FOREIGN KEY(unit_id) REFERENCES grid_code (id)
);

CREATE TABLE grid_lineage (
    version BIGINT NOT NULL,
    old_id BIGINT NOT NULL,
    new_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (version, old_id, new_id),
    FOREIGN KEY(version) REFERENCES grid_version (number),
    FOREIGN KEY(old_id) REFERENCES grid_code (id),
    FOREIGN KEY(new_id) REFERENCES grid_code (id)
);
