import type { Redis } from 'ioredis';
import { type Hex, bytesToHex, hexToBytes, size } from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { reasons } from '../../protocol/reasons.ts';
import type { Fence } from '../queue/sole-lease.ts';

/*
 * The contents that the signer has signed for each nonce, in Redis: the next owner of a shard contradicts nothing that the one before it signed.
 * Written before anything is signed, and only while the lease is held.
 */
export interface SignedContents {
  /**
   * Checks and records in one step, before anything is signed.
   * @param contents Of each nonce from `firstNonce` on; all of one length, at most 256.
   * @returns The first nonce with another content, and that content; nothing is recorded then.
   * @throws {PegwayError} `standby` unless this process holds the lease and Redis answers.
   */
  record(
    lane: string,
    firstNonce: bigint,
    contents: readonly Hex[],
  ): Promise<{ readonly nonce: bigint; readonly content: Hex } | undefined>;
  /** Forgets the content of one nonce, once an operator has accepted another. */
  forget(lane: string, nonce: bigint, width: number): Promise<void>;
}

/** Nonces in one value of Redis: their contents, in order; zeros where none was signed. */
const NONCES = 256n;
/** Contents of open transfers are signed again and again; those of others are of no use. */
const KEPT_SECONDS = 7 * 86_400;

/** KEYS: lease, values. ARGV: token, width, seconds, for each value: offset, contents. */
const RECORD = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'lost' } end
local width = tonumber(ARGV[2])
local none = string.rep('\\0', width)
local place = 0
for i = 2, #KEYS do
  local offset, contents = tonumber(ARGV[2 * i]), ARGV[2 * i + 1]
  local known = redis.call('GETRANGE', KEYS[i], offset, offset + #contents - 1)
  for at = 1, #contents, width do
    local one = string.sub(known, at, at + width - 1)
    if #one == width and one ~= none and one ~= string.sub(contents, at, at + width - 1) then
      return { 'other', tostring(place), one }
    end
    place = place + 1
  end
end
for i = 2, #KEYS do
  redis.call('SETRANGE', KEYS[i], ARGV[2 * i], ARGV[2 * i + 1])
  redis.call('EXPIRE', KEYS[i], ARGV[3])
end
return { 'recorded' }`;

/** KEYS: lease, value. ARGV: token, offset, zeros. */
const FORGET = `
if redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('SETRANGE', KEYS[2], ARGV[2], ARGV[3])
end`;

/** @param namespace Of the bridge and its signer. */
export function openSignedContents(redis: Redis, namespace: string, fence: Fence): SignedContents {
  const place = (lane: string, nonce: bigint, width: number) => ({
    key: `pegway-${namespace}-signed-${lane}-${nonce / NONCES}`.toLowerCase(),
    offset: Number(nonce % NONCES) * width,
  });

  return {
    async record(lane, firstNonce, contents) {
      const width = size(contents[0] ?? '0x');
      const parts: { readonly key: string; readonly offset: number; readonly bytes: Uint8Array[] }[] = [];
      for (const [index, content] of contents.entries()) {
        const at = place(lane, firstNonce + BigInt(index), width);
        if (parts.at(-1)?.key !== at.key) parts.push({ ...at, bytes: [] });
        parts.at(-1)?.bytes.push(hexToBytes(content, { size: width }));
      }
      const keys = [fence.key, ...parts.map(({ key }) => key)];
      const values = parts.flatMap(({ offset, bytes }) => [offset, Buffer.concat(bytes)]);
      const answer = (await redis
        .callBuffer('EVAL', RECORD, keys.length, ...keys, fence.token, width, KEPT_SECONDS, ...values)
        .catch((cause: unknown) => {
          // Another process may take over meanwhile: what cannot be recorded must not be signed.
          throw new PegwayError(`not signed: Redis does not record it: ${messageOf(cause)}`, {
            cause,
            code: 'standby',
          });
        })) as readonly Buffer[];
      const outcome = answer[0]?.toString();
      if (outcome === 'lost') throw new PegwayError(`not signed: ${reasons.standby}`, { code: 'standby' });
      if (outcome !== 'other') return undefined;
      return { nonce: firstNonce + BigInt(String(answer[1])), content: bytesToHex(answer[2] ?? new Uint8Array()) };
    },

    async forget(lane, nonce, width) {
      const { key, offset } = place(lane, nonce, width);
      await redis.eval(FORGET, 2, fence.key, key, fence.token, offset, Buffer.alloc(width));
    },
  };
}
