/**
 * Tables of the history. Amounts are decimal text: SQLite's integers end at 2^63. The indexes serve the lists of
 * `history-query.ts`; indexes of earlier releases are dropped and new ones built when a data folder is opened. Only the
 * small one holds the status, since an execution would otherwise move its transfer in every index.
 */
export const historySchema = `
  CREATE TABLE IF NOT EXISTS history_transfers (
    id INTEGER PRIMARY KEY,
    lane TEXT NOT NULL, direction TEXT NOT NULL, token TEXT NOT NULL, nonce INTEGER NOT NULL,
    sender TEXT NOT NULL, recipient TEXT NOT NULL, source_amount TEXT NOT NULL, amount TEXT NOT NULL,
    previous_block INTEGER NOT NULL, block INTEGER NOT NULL, at INTEGER NOT NULL, hash TEXT NOT NULL,
    status TEXT NOT NULL,
    UNIQUE (lane, nonce)
  ) STRICT;
  DROP INDEX IF EXISTS history_by_time;
  DROP INDEX IF EXISTS history_by_sender;
  DROP INDEX IF EXISTS history_by_recipient;
  DROP INDEX IF EXISTS history_by_status;
  DROP INDEX IF EXISTS history_of_all;
  DROP INDEX IF EXISTS history_of_token;
  DROP INDEX IF EXISTS history_of_sender;
  DROP INDEX IF EXISTS history_of_recipient;
  CREATE INDEX IF NOT EXISTS history_newest ON history_transfers (direction, at, id);
  CREATE INDEX IF NOT EXISTS history_newest_of_token ON history_transfers (token, direction, at, id);
  CREATE INDEX IF NOT EXISTS history_newest_of_sender ON history_transfers (sender, direction, at, id);
  CREATE INDEX IF NOT EXISTS history_newest_of_recipient
    ON history_transfers (recipient, direction, at, id) WHERE recipient <> sender;
  CREATE INDEX IF NOT EXISTS history_unexecuted
    ON history_transfers (direction, status, at, id) WHERE status <> 'executed';

  CREATE TABLE IF NOT EXISTS history_settlements (
    lane TEXT NOT NULL, nonce INTEGER NOT NULL,
    status TEXT NOT NULL, hash TEXT NOT NULL, block INTEGER NOT NULL, at INTEGER NOT NULL, signer_mask INTEGER,
    PRIMARY KEY (lane, nonce)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS history_changes (
    token TEXT NOT NULL, width INTEGER NOT NULL, bucket INTEGER NOT NULL,
    at INTEGER NOT NULL, locked TEXT NOT NULL, supply TEXT NOT NULL,
    PRIMARY KEY (token, width, bucket)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS history_activity (
    period TEXT NOT NULL, number INTEGER NOT NULL, token TEXT NOT NULL, direction TEXT NOT NULL,
    departed INTEGER NOT NULL, volume TEXT NOT NULL, fees TEXT NOT NULL,
    arrived INTEGER NOT NULL, times TEXT NOT NULL, gas TEXT NOT NULL, priced INTEGER NOT NULL,
    PRIMARY KEY (period, number, token, direction)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS history_unpriced (
    hash TEXT PRIMARY KEY, side TEXT NOT NULL, token TEXT NOT NULL, direction TEXT NOT NULL,
    at INTEGER NOT NULL, transfers INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS history_unpriced_newest ON history_unpriced (at);
  CREATE TABLE IF NOT EXISTS history_signatures (
    day INTEGER NOT NULL, signer TEXT NOT NULL, batches INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (day, signer)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS history_events (
    side TEXT NOT NULL, block INTEGER NOT NULL, log INTEGER NOT NULL, at INTEGER NOT NULL,
    block_hash TEXT NOT NULL, hash TEXT NOT NULL, address TEXT NOT NULL, topics TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (side, block, log)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS history_events_kept (side TEXT PRIMARY KEY, block INTEGER NOT NULL) STRICT;

  -- Ranges of a release without events are not complete: all blocks are read again.
  DROP TABLE IF EXISTS history_read;
  CREATE TABLE IF NOT EXISTS history_covered (
    side TEXT PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE IF NOT EXISTS history_deployment (name TEXT NOT NULL) STRICT;`;
