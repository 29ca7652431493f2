import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

import { tidy } from '../../../relayer/queue/embedded.ts';
import { serveWire } from '../../../relayer/queue/wire.ts';

describe('the embedded queue server', () => {
  it('is tidied after so many questions, and never within a transaction', async () => {
    const database = await PGlite.create();
    const tidied: boolean[] = [];
    const server = await serveWire(database, {
      everyUnits: 5,
      async work() {
        tidied.push(database.isInTransaction());
        await tidy(database);
      },
    });
    const client = new pg.Client({
      connectionString: `postgres://postgres:postgres@127.0.0.1:${server.port}/postgres`,
    });
    try {
      await client.connect();
      await client.query('BEGIN');
      for (let question = 0; question < 12; question++) await client.query('SELECT 1');
      assert.deepEqual(tidied, []);
      await client.query('COMMIT');
      for (let question = 0; question < 12; question++) await client.query('SELECT 1');
      // The answer comes before what follows it; with the next one that is done.
      assert.ok(tidied.length >= 2 && tidied.length <= 3, `${tidied.length} times`);
      assert.ok(tidied.every((isInTransaction) => !isInTransaction));
    } finally {
      await client.end();
      await server.close();
      await database.close();
    }
  });
});
