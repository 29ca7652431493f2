import type { RecordDatabase } from './record-database.ts';

/** An event that a webhook's receiver has not acknowledged. */
export interface Undelivered {
  /** Of the event. */
  readonly id: string;
  /** The cursor that its message carries. */
  readonly cursor: string;
  /** Failed attempts so far. */
  readonly attempts: number;
  /** Time of the next attempt, in seconds since the epoch; undefined for a dead letter. */
  readonly nextAt: number | undefined;
  /** Time of the first attempt, in seconds since the epoch. */
  readonly since: number;
  /** Result of the last attempt. */
  readonly error: string;
}

export interface WebhookCounts {
  /** Events with attempts left. */
  readonly pending: number;
  readonly deadLetters: number;
  /** Time of the first attempt of the oldest pending event, in seconds since the epoch. */
  readonly oldest: number | undefined;
}

/** State of the webhooks of one bridge, by name. Commands read and change it beside a running relayer. */
export interface WebhookStore {
  /** Each event up to here was acknowledged, filtered out, or is undelivered; undefined before the first. */
  cursor(webhook: string): string | undefined;
  setCursor(webhook: string, cursor: string): void;
  /** Adds an event, or replaces its record. */
  put(webhook: string, event: Undelivered): void;
  /** Removes an acknowledged event. */
  remove(webhook: string, id: string): void;
  /** Events due for an attempt, the longest due first. */
  due(webhook: string, now: number, limit: number): Undelivered[];
  /** Number of events with attempts left. */
  pending(webhook: string): number;
  counts(webhook: string): WebhookCounts;
  /** Dead letters, oldest first. */
  deadLetters(webhook: string, limit: number): Undelivered[];
  /** Makes dead letters due now, with all attempts left; all without `ids`. @returns their number. */
  replay(webhook: string, now: number, ids?: readonly string[]): number;
  /** The reason why nothing is sent, until `enable`. */
  disabled(webhook: string): string | undefined;
  disable(webhook: string, reason: string): void;
  enable(webhook: string): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS webhooks (name TEXT PRIMARY KEY, cursor TEXT, disabled TEXT) STRICT;
  CREATE TABLE IF NOT EXISTS webhook_undelivered (
    webhook TEXT NOT NULL, id TEXT NOT NULL, cursor TEXT NOT NULL, attempts INTEGER NOT NULL,
    next_at REAL, since REAL NOT NULL, error TEXT NOT NULL,
    PRIMARY KEY (webhook, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS webhook_due ON webhook_undelivered (webhook, next_at);`;

export function openWebhookStore(database: RecordDatabase): WebhookStore {
  database.exec(schema);
  const read = database.prepare('SELECT cursor, disabled FROM webhooks WHERE name = ?');
  const writeCursor = database.prepare(
    'INSERT INTO webhooks (name, cursor) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor',
  );
  const writeDisabled = database.prepare(
    'INSERT INTO webhooks (name, disabled) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET disabled = excluded.disabled',
  );
  const insert = database.prepare('INSERT OR REPLACE INTO webhook_undelivered VALUES (?, ?, ?, ?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM webhook_undelivered WHERE webhook = ? AND id = ?');
  const due = database.prepare(
    'SELECT * FROM webhook_undelivered WHERE webhook = ? AND next_at <= ? ORDER BY next_at, id LIMIT ?',
  );
  const pending = database.prepare(
    'SELECT count(*) AS pending FROM webhook_undelivered WHERE webhook = ? AND next_at IS NOT NULL',
  );
  const count = database.prepare(`
    SELECT count(next_at) AS pending, count(*) - count(next_at) AS dead, min(iif(next_at IS NULL, NULL, since)) AS oldest
    FROM webhook_undelivered WHERE webhook = ?`);
  const dead = database.prepare(
    'SELECT * FROM webhook_undelivered WHERE webhook = ? AND next_at IS NULL ORDER BY since, id LIMIT ?',
  );
  const again = 'UPDATE webhook_undelivered SET attempts = 0, next_at = ?, since = ? WHERE next_at IS NULL';
  const replayAll = database.prepare(`${again} AND webhook = ?`);
  const replayOne = database.prepare(`${again} AND webhook = ? AND id = ?`);
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

  return {
    cursor: (webhook) => text(read.get(webhook)?.['cursor']),
    setCursor: (webhook, cursor) => void writeCursor.run(webhook, cursor),

    put(webhook, { id, cursor, attempts, nextAt, since, error }) {
      insert.run(webhook, id, cursor, attempts, nextAt ?? null, since, error);
    },
    remove: (webhook, id) => void remove.run(webhook, id),
    due: (webhook, now, limit) => due.all(webhook, now, limit).map(toUndelivered),

    pending: (webhook) => Number(pending.get(webhook)?.['pending']),

    counts(webhook) {
      const { pending, dead: deadLetters, oldest } = count.get(webhook) ?? {};
      return {
        pending: Number(pending),
        deadLetters: Number(deadLetters),
        oldest: typeof oldest === 'number' ? oldest : undefined,
      };
    },

    deadLetters: (webhook, limit) => dead.all(webhook, limit).map(toUndelivered),

    replay(webhook, now, ids) {
      if (ids === undefined) return Number(replayAll.run(now, now, webhook).changes);
      return ids.reduce((total, id) => total + Number(replayOne.run(now, now, webhook, id).changes), 0);
    },

    disabled: (webhook) => text(read.get(webhook)?.['disabled']),
    disable: (webhook, reason) => void writeDisabled.run(webhook, reason),
    enable: (webhook) => void writeDisabled.run(webhook, null),
  };
}

const toUndelivered = (row: Record<string, unknown>): Undelivered => ({
  id: row['id'] as string,
  cursor: row['cursor'] as string,
  attempts: Number(row['attempts']),
  nextAt: row['next_at'] === null ? undefined : Number(row['next_at']),
  since: Number(row['since']),
  error: row['error'] as string,
});
