-- Peers that stopped answering, and the work that waits for them.

-- The newest outage of each connection's peer. While `ended_at` is null, one worker at a time claims
-- a probe by a guarded update of probe_at; each probe in vain doubles wait_s.
CREATE TABLE outage (
    connection_id bigint NOT NULL REFERENCES connection,
    peer          text NOT NULL,
    -- whether it was writes that failed, so that an answered read does not end it
    of_writes     boolean NOT NULL,
    why           text NOT NULL,
    began_at      timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,
    wait_s        int NOT NULL CHECK (wait_s > 0),
    probe_at      timestamptz NOT NULL,
    PRIMARY KEY (connection_id, peer)
);

-- The steps and jobs of a connection that need a peer which does not answer.
CREATE VIEW suspended_work AS
SELECT o.connection_id, needs.work
FROM outage o
JOIN connection c ON c.id = o.connection_id
CROSS JOIN LATERAL (VALUES
    ('fetch', 'brex'), ('export', 'brex'), ('poll', 'brex'), ('post', c.erp), ('spares', c.erp)
) AS needs (work, peer)
WHERE o.ended_at IS NULL AND o.peer = needs.peer;

GRANT SELECT, INSERT (connection_id, peer, of_writes, why, wait_s, probe_at),
      UPDATE (of_writes, why, began_at, ended_at, wait_s, probe_at)
    ON outage TO ml_connector_worker;
GRANT SELECT ON suspended_work TO ml_connector_gateway, ml_connector_worker;
-- the gateway leaves out the jobs that wait for a peer when it looks at the clock
GRANT SELECT (job) ON schedule TO ml_connector_gateway;
GRANT SELECT ON outage, suspended_work TO ml_connector_console, ml_connector_audit;
