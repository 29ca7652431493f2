/*
 * Every answer that a node can give to `eth_sendRawTransaction`, in one table. Its keys are the metric labels; `decide.ts`
 * has a rule for each `then`. The clients share no codes (Besu's -32003 is Geth's -32000), so their words decide, and codes
 * only where they mean one thing everywhere. `test/relayer/tx/broadcast-errors.test.ts` holds each client's own wording.
 *
 * SECURITY: an answer is one node's word. It moves fees, under the cap, and the order of attempts; it never decides that
 * a transfer is done.
 */

/** What follows from an answer. */
export type Consequence =
  /** The node has it. */
  | 'sent'
  /** A higher fee would do. */
  | 'raise'
  /** The node does not have it now; the same bytes may do later. */
  | 'wait'
  /** More coins on the account would do. */
  | 'fund'
  /** The node itself caps fees; lower ones would do. */
  | 'cap'
  /** These contents will not do, whatever the fee. */
  | 'refuse'
  /** The node did not look at it. It says nothing about the transaction, and another node's word counts. */
  | 'silent';

interface Rule {
  readonly then: Consequence;
  readonly words?: RegExp;
  readonly codes?: readonly number[];
  readonly statuses?: readonly number[];
}

// The first whose words fit. What is refused for good is worded narrowly: an unknown answer is only waited out.
export const broadcastOutcomes = {
  accepted: { then: 'sent' },
  'already-known': {
    then: 'sent',
    words: /already ?known|already imported|(?<!un)known transaction|existing txn with same hash/,
  },
  'nonce-too-low': { then: 'wait', words: /nonce (is )?too low|oldnonce/ },
  'replacement-underpriced': {
    then: 'raise',
    words:
      /replacement transaction underpriced|gas price to replace existing|could not replace existing|replacementnotallowed|future transaction tries to replace pending/,
  },
  'insufficient-funds': {
    then: 'fund',
    words:
      /insufficient ?funds|insufficient balance|(n't|not) have enough funds|not enough funds|upfront cost exceeds|would cause overdraft/,
  },
  'fee-cap-exceeded': { then: 'cap', words: /exceeds the configured cap|transaction fee cap exceeded/ },
  'intrinsic-gas': {
    then: 'refuse',
    words:
      /intrinsic ?gas (too low|exceeds)|^intrinsicgas$|floor data gas|gas (cost|floor) .*exceeds the gas limit|requires at least \d+ gas/m,
  },
  'gas-limit-too-high': {
    then: 'refuse',
    words:
      /intrinsic gas too high|exceeds? (the )?(block|max(imum)? transaction) gas limit|exceeds maximum per-transaction gas|greater than the (block gas limit|cap)|gas limit (is )?too high|gas limit reached|gaslimitexceeded|gas limit is \d+ and exceeds/,
  },
  underpriced: {
    then: 'raise',
    words:
      /underpriced|fee ?too ?low|fee ?per ?gas (too low|less than)|gas ?price (is )?(too low|below|less than)|priority fee below minimum|tip cap .*minimum needed/,
  },
  'too-large': { then: 'refuse', words: /oversized data|transaction too large|maxtxsizeexceeded|rlptoolong/ },
  'execution-reverted': { then: 'refuse', words: /execution reverted|reverted with|transaction reverted/, codes: [3] },
  'wrong-chain': {
    then: 'refuse',
    words: /(invalid|wrong|incompatible) (chain ?id|eip-155)|replay-protected|chainid (is|not)/,
  },
  'not-permitted': {
    then: 'refuse',
    words:
      /sender (is )?not an eoa|senderiscontract|sender account not authorized|spammer|marked the transaction as invalid/,
  },
  'type-not-supported': {
    then: 'refuse',
    words:
      /(transaction|tx) type .*not supported|unsupported transaction type|(invalid|unknown) transaction type|type is not activated|notsupportedtxtype/,
  },
  'invalid-transaction': {
    then: 'refuse',
    words:
      /invalid sender|invalid (transaction )?signature|failed to (decode|recover|resolve)|failedtoresolvesender|transaction invalid|^rlp:|max priority fee per gas (higher|exceeds)/m,
  },
  'pool-full': {
    then: 'wait',
    words:
      /pool is full|pooloverflow|account limit exceeded|in-flight transaction limit|queue full|too many transactions/,
  },
  'nonce-gap': {
    then: 'wait',
    words: /nonce (is )?too (high|far|distant)|nonce ?gap|gapped-nonce|lower nonce exists/,
  },
  'address-reserved': { then: 'wait', words: /address already reserved|type conflict|pendingtxsofconflictingtype/ },
  syncing: { then: 'silent', words: /\bsync(ing)?\b|pool not enabled|world state (un|not )available/ },
  'rate-limited': {
    then: 'silent',
    words:
      /rate.?limit|too many requests|request count exceeded|capacity (limit )?exceeded|exceeded .*(quota|capacity)/,
    codes: [429, -32005],
    statuses: [402, 429],
  },
  /** Not asked: another process of this signer works. */
  standby: { then: 'silent', words: /^standby$/m },
  unreachable: {
    then: 'silent',
    words:
      /rpc-unreachable|fetch failed|econn|enotfound|etimedout|epipe|eai_again|socket|timed? ?out|took too long|aborted|bad gateway|service unavailable/,
    statuses: [0, 401, 403, 404, 408, 500, 502, 503, 504, 520, 521, 522, 523, 524],
  },
  /** In words that nobody has met yet: waited out, and logged whole. */
  unknown: { then: 'wait' },
} as const satisfies Record<string, Rule>;

export type BroadcastOutcome = keyof typeof broadcastOutcomes;

export const broadcastOutcomeNames = Object.keys(broadcastOutcomes) as BroadcastOutcome[];

const rules = Object.entries(broadcastOutcomes) as [BroadcastOutcome, Rule][];

/** What a node meant. */
export function classifyBroadcastError(error: unknown): BroadcastOutcome {
  const { text, codes, statuses } = readError(error);
  const byWords = rules.find(([, rule]) => rule.words?.test(text) ?? false);
  if (byWords) return byWords[0];
  const byCode = rules.find(([, rule]) => rule.codes?.some((code) => codes.includes(code)));
  if (byCode) return byCode[0];
  const byStatus = rules.find(([, rule]) => rule.statuses?.some((status) => statuses.includes(status)));
  return byStatus?.[0] ?? 'unknown';
}

/** The words, codes and HTTP statuses of an error and its causes: the node's own answer may lie below the client's. */
function readError(error: unknown): { text: string; codes: number[]; statuses: number[] } {
  const texts: string[] = [];
  const codes: number[] = [];
  const statuses: number[] = [];
  for (let at = error, depth = 0; at !== undefined && at !== null && depth < 6; depth++) {
    if (typeof at !== 'object') {
      if (typeof at === 'string') texts.push(at);
      break;
    }
    const { code, status, details, shortMessage, message, data, cause } = at as Record<string, unknown>;
    // viem's whole `message` repeats the request, so its parts come first.
    const words = [details, shortMessage ?? message].filter((part) => typeof part === 'string');
    texts.push(...words);
    if (typeof data === 'string' && !data.startsWith('0x')) texts.push(data);
    if (typeof code === 'number') codes.push(code);
    if (typeof code === 'string') texts.push(code);
    if (typeof status === 'number') statuses.push(status);
    at = cause;
  }
  return { text: texts.join('\n').toLowerCase(), codes, statuses };
}

/**
 * What the nodes together made of a transaction. One that has it is enough. Otherwise those that looked at it decide, and
 * a refusal only stands when all of them refuse; the table's order says whose reason is named.
 */
export function combineOutcomes(outcomes: readonly BroadcastOutcome[]): BroadcastOutcome {
  const ranked = broadcastOutcomeNames.filter((name) => outcomes.includes(name));
  const sent = ranked.find((name) => broadcastOutcomes[name].then === 'sent');
  if (sent) return sent;
  const considered = ranked.filter((name) => broadcastOutcomes[name].then !== 'silent');
  const open = considered.find((name) => !isRefusal(name));
  return open ?? considered[0] ?? ranked[0] ?? 'unreachable';
}

/** No node keeps it: not in a pool, so its nonce is free again. */
export function isRefusal(name: BroadcastOutcome): boolean {
  const { then } = broadcastOutcomes[name];
  return then === 'refuse' || then === 'fund' || then === 'cap';
}
