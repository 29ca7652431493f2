import { PGlite } from '@electric-sql/pglite';

import { serveWire } from './wire.ts';

/** The schema that BullMQ keeps its tables in. */
const SCHEMA = 'bullmq';

/** Some hundreds of jobs. */
const UPKEEP_UNITS = 5_000;

/**
 * What other Postgres servers do beside their work, and a PGlite never: room of rows that are gone is used again, and the log of
 * changes begins anew. Without it, both grow for as long as the process lives.
 */
export async function tidy(database: PGlite): Promise<void> {
  await database.exec('VACUUM');
  await database.exec('CHECKPOINT');
}

export interface EmbeddedServer {
  /** postgres:// on 127.0.0.1, at a free port. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A Postgres of our own, in this process and in memory, so that a relayer starts with nothing installed. It loses its jobs with
 * the process, which costs nothing: jobs carry no truth.
 */
export async function startEmbeddedServer(): Promise<EmbeddedServer> {
  const database = await PGlite.create();
  // All connections share one session, which does not hear the search path that a client asks for when it connects.
  await database.exec(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}; SET search_path TO ${SCHEMA}, public;`);
  const server = await serveWire(database, { everyUnits: UPKEEP_UNITS, work: () => tidy(database) });

  return {
    url: `postgres://postgres:postgres@127.0.0.1:${server.port}/postgres?sslmode=disable`,
    async close() {
      await server.close();
      await database.close();
    },
  };
}
