import type { StatusView } from '../../protocol/api-types.ts';
import { type Told, ask } from '../inspect/ask-relayers.ts';

/** The largest page that a relayer sends. */
const PAGE = 1_000;
/** SECURITY: a relayer may name a next page for ever. */
const MOST_PAGES = 100;

/** Asks a relayer for its status with all lanes, page by page. */
export async function askStatus(url: string, until?: AbortSignal): Promise<Told<StatusView>> {
  const told = await ask<StatusView>(url, '/v1/status', until);
  if (!('value' in told)) return told;
  const lanes = [...told.value.lanes];
  let next = told.value.nextLanes;
  for (let page = 0; next !== undefined && page < MOST_PAGES; page++) {
    const more = await ask<StatusView>(url, `/v1/status?lanes=${PAGE}&lanesFrom=${next}`, until);
    if (!('value' in more)) return more;
    lanes.push(...more.value.lanes);
    next = more.value.nextLanes;
  }
  return { ...told, value: { ...told.value, lanes, nextLanes: undefined } };
}

/** The public port of a relayer, without the path of one of its bridges. */
export const baseUrlOf = (url: string): string => url.replace(/\/bridges\/[^/]+$/, '');
