import type { Address, Hex } from 'viem';
import { z } from 'zod';

import { messageOf } from '../../protocol/errors.ts';
import { sharedProposal } from '../../relayer/peers/governance.ts';
import { openPeerClient, printableUrl } from '../../relayer/peers/http.ts';
import { type Proposal, dataOf, digestOf, proposalFromData } from './proposal.ts';
import { mergeProposals } from './signatures.ts';

/** SECURITY: a relayer may return anything of any length; only this many bytes are read. */
const LARGEST_ANSWER = 4_000_000;
const TIMEOUT_MILLISECONDS = 5_000;

const client = openPeerClient();

async function ask(url: string, path: string, body?: object): Promise<unknown> {
  const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  const posted = body === undefined ? {} : { body };
  return JSON.parse((await client.request({ url, path, ...posted, signal, largestAnswer: LARGEST_ANSWER })).body);
}

/** One relayer's response to a shared signature. */
export interface Shared {
  /** Printable. */
  readonly url: string;
  /** Undefined when the relayer stored it. */
  readonly refusal: string | undefined;
}

const kept = z.object({ digest: z.string() });
const refused = z.object({ reason: z.string() });

/** Sends a proposal with its signatures to every known relayer, so that an offline one does not matter. */
export const shareProposal = (urls: readonly string[], proposal: Proposal): Promise<Shared[]> => {
  const { chain, chainId, bridge, listEpoch, nonce, deadline, signatures } = proposal;
  const body = { chain, chainId, bridge, listEpoch, nonce, deadline, calls: dataOf(proposal), signatures };
  return Promise.all(
    urls.map(async (url) => {
      try {
        const answer = await ask(url, '/v1/governance', body);
        if (kept.safeParse(answer).success) return { url: printableUrl(url), refusal: undefined };
        const { data } = refused.safeParse(answer);
        return { url: printableUrl(url), refusal: data?.reason ?? 'it answered something else' };
      } catch (error) {
        return { url: printableUrl(url), refusal: messageOf(error) };
      }
    }),
  );
};

const listing = z.object({ proposals: z.array(z.unknown()).max(1_000) });

/**
 * All proposals that relayers hold, merged by digest.
 * SECURITY: untrusted until decoded here from the call data; items that do not decode or call no governance function
 * are dropped. Signatures are checked when they are counted.
 */
export async function readShared(urls: readonly string[]): Promise<Proposal[]> {
  const answers = await Promise.allSettled(urls.map((url) => ask(url, '/v1/governance')));
  const proposals = answers.flatMap((answer) => {
    const list = listing.safeParse(answer.status === 'fulfilled' ? answer.value : undefined);
    return (list.data?.proposals ?? []).flatMap((item) => decode(item) ?? []);
  });
  return [...Map.groupBy(proposals, digestOf).values()].map(mergeProposals);
}

function decode(item: unknown): Proposal | undefined {
  const { data } = sharedProposal.safeParse(item);
  if (data === undefined) return undefined;
  const { chain, chainId, bridge, listEpoch, nonce, deadline, calls, signatures } = data;
  try {
    const where = { chain, chainId: Number(chainId), bridge };
    const numbers = { listEpoch: BigInt(listEpoch), nonce: BigInt(nonce), deadline: BigInt(deadline) };
    return { ...proposalFromData({ ...where, ...numbers, calls }), signatures };
  } catch {
    return undefined;
  }
}

/** The shared copies of a proposal, by its digest. */
export const sharedCopies = async (urls: readonly string[], digest: Hex): Promise<Proposal[]> =>
  (await readShared(urls)).filter((proposal) => digestOf(proposal) === digest);

const status = z.object({ address: z.string(), bridges: z.record(z.string(), z.object({ bridge: z.string() })) });

/** The addresses of relayers that respond now and serve these bridges. */
export async function relayersThatAnswer(urls: readonly string[], bridges: readonly Address[]): Promise<Set<string>> {
  const answers = await Promise.allSettled(urls.map((url) => ask(url, '/v1/status')));
  const serving = answers.flatMap((answer) => {
    const { data } = status.safeParse(answer.status === 'fulfilled' ? answer.value : undefined);
    const served = Object.values(data?.bridges ?? {}).map(({ bridge }) => bridge.toLowerCase());
    return data !== undefined && bridges.every((bridge) => served.includes(bridge.toLowerCase())) ? [data.address] : [];
  });
  return new Set(serving);
}
