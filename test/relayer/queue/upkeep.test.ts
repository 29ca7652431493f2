import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

import { tidy } from '../../../relayer/queue/embedded.ts';
import { serveWire } from '../../../relayer/queue/wire.ts';

describe('the embedded queue server', () => {
  it('is tidied after so many questions, and never within a transaction', async () => {
    const database = await PGlite.create();
    /** Each time, whether a transaction was open. */
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
      assert.equal(tidied.length, 0);
      await client.query('COMMIT');
      for (let question = 0; question < 12; question++) await client.query('SELECT 1');
      // With the commit, and after five and ten more.
      assert.deepEqual(tidied, [false, false, false]);
    } finally {
      await client.end();
      await server.close();
      await database.close();
    }
  });
});
