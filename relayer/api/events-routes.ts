import { Readable } from 'node:stream';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { z } from 'zod';

import { type EventsView, parseCursor } from '../../protocol/events.ts';
import { reasons } from '../../protocol/reasons.ts';
import { refuseForNow } from '../callers/admission.ts';
import { quotaKeyOf } from '../callers/address.ts';
import { type EventFeed, type EventsObstacle, isObstacle } from '../events/event-feed.ts';
import { streamEvents } from '../events/stream.ts';
import { type Of, parse } from '../peers/routes.ts';

/** Requests of one caller a second: of pages, and of new streams. */
export const REQUESTS_PER_SECOND = 20;
/** Streams that are open at once, of one caller and of all. */
export const STREAMS_OF_CALLER = 32;
export const STREAMS = 512;

const cursor = z
  .string()
  .transform((text) => parseCursor(text))
  .refine((value) => value !== undefined, 'expected a cursor of the form mBLOCK.LOG.ITEM_pBLOCK.LOG.ITEM')
  .optional();

const pageQuery = z.strictObject({ after: cursor, limit: z.coerce.number().int().min(1).max(1_000).default(100) });
const streamQuery = z.strictObject({ after: cursor, notices: z.literal('1').optional() });

/** Budgets of the callers of one port, whichever bridges they ask for. */
export interface EventLimits {
  /** False when the caller's requests of this second are spent. */
  admit(caller: string): Promise<boolean>;
  /** @returns the function that closes the stream; undefined when too many are open. */
  openStream(caller: string): (() => void) | undefined;
}

export function createEventLimits(): EventLimits {
  const requests = new RateLimiterMemory({ points: REQUESTS_PER_SECOND, duration: 1 });
  const open = new Map<string, number>();
  let streams = 0;
  return {
    admit: (caller) =>
      requests.consume(caller).then(
        () => true,
        () => false,
      ),

    openStream(caller) {
      const ofCaller = open.get(caller) ?? 0;
      if (ofCaller >= STREAMS_OF_CALLER || streams >= STREAMS) return undefined;
      open.set(caller, ofCaller + 1);
      streams += 1;
      return () => {
        streams -= 1;
        const left = (open.get(caller) ?? 1) - 1;
        if (left === 0) open.delete(caller);
        else open.set(caller, left);
      };
    },
  };
}

export interface EventsRoutes {
  readonly limits: EventLimits;
  /** Aborted when the port closes: ends all streams. */
  readonly signal: AbortSignal;
}

/** Registers pages and the stream of events. */
export function registerEvents(server: FastifyInstance, of: Of<EventFeed>, { limits, signal }: EventsRoutes): void {
  const onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    return (await limits.admit(quotaKeyOf(request.ip))) ? undefined : refuseForNow(reply);
  };

  server.get('/events', { onRequest }, (request, reply): EventsView | FastifyReply => {
    const { after, limit } = parse(pageQuery, request.query);
    const page = of(request).page(after, limit);
    return isObstacle(page) ? refuse(reply, page) : page;
  });

  server.get('/events/stream', { onRequest }, (request, reply) => {
    // A browser that connects again sends the id of the last event that it has received.
    const { after, notices } = parse(streamQuery, {
      ...(request.query as object),
      ...(request.headers['last-event-id'] === undefined ? {} : { after: request.headers['last-event-id'] }),
    });
    const source = of(request);
    const first = source.page(after, 1);
    if (isObstacle(first)) return refuse(reply, first);

    const closeStream = limits.openStream(quotaKeyOf(request.ip));
    if (closeStream === undefined) return refuseForNow(reply);

    const ending = new AbortController();
    const stream = Readable.from(
      streamEvents(source, {
        ...{ after, withNotices: notices !== undefined },
        signal: AbortSignal.any([signal, source.ended, ending.signal]),
        // SECURITY: a client that does not read holds a page of events and a connection.
        onStalled: () => request.raw.destroy(),
      }),
      { objectMode: false },
    );
    stream.once('close', () => {
      ending.abort();
      closeStream();
    });
    return reply
      .header('content-type', 'text/event-stream')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(stream);
  });
}

function refuse(reply: FastifyReply, obstacle: EventsObstacle): FastifyReply {
  switch (obstacle.kind) {
    case 'reversed':
      return reply.status(409).send({ reason: 'finality-reversed', message: reasons['finality-reversed'] });
    case 'expired': {
      const { oldest } = obstacle;
      return reply.status(410).send({ reason: 'events-expired', message: reasons['events-expired'], oldest });
    }
    case 'incomplete':
      return reply.status(503).header('retry-after', 5).send({
        reason: 'history-incomplete',
        message: reasons['history-incomplete'],
        blocks: obstacle.blocks,
      });
  }
}
