/*
 * Every answer that a node can give to `eth_sendRawTransaction`, in one table. Its keys are the metric labels; `decide.ts`
 * has a rule for each `then`. The clients share no codes (Besu's -32003 is Geth's -32000), so their words decide, and codes
 * only where they mean one thing everywhere. `test/relayer/tx/answers.test.ts` holds each client's own wording.
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

// The first that fits, from the most particular wording to the most general.
export const answers = {
  accepted: { then: 'sent' },
  'already-known': {
    then: 'sent',
    words: /already known|already imported|known transaction|alreadyknown|already in (the )?(mem)?pool|already exists/,
  },
  'nonce-too-low': { then: 'wait', words: /nonce (is )?too low|oldnonce|old nonce|nonce .*(already|has been) used/ },
  'replacement-underpriced': {
    then: 'raise',
    words:
      /replacement (transaction|fee|gas price|not allowed)|replacementnotallowed|could not replace|transaction with the same (hash|nonce)|tries to replace pending/,
  },
  'insufficient-funds': {
    then: 'fund',
    words:
      /insufficient (funds|balance)|insufficientfunds|enough funds|upfront cost exceeds|exceeds (account |transaction sender account )?balance|overshot/,
  },
  'fee-cap-exceeded': {
    then: 'cap',
    words: /exceeds the (configured|node's configured) (fee )?cap|transaction fee cap exceeded|txfeecap|max.* fee cap/,
  },
  underpriced: {
    then: 'raise',
    words:
      /underpriced|fee ?too ?low|(gas ?price|gas tip cap|tip|fee).*(too low|below|minimum)|max fee per gas less than block base fee|max ?fee ?per ?gas.*too low/,
  },
  'gas-limit-too-high': {
    then: 'refuse',
    words:
      /exceeds (the )?(block|max(imum)?|transaction)( transaction)?( |-)?gas( limit)?|block gas limit|gas ?limit ?(too high|exceeded|reached)|(exceeds|greater than|above|higher than).*gas limit|gas limit.*(cap|too high|exceeds)|gas ?limit ?too ?(high|big)/,
  },
  'intrinsic-gas': {
    then: 'refuse',
    words: /intrinsic gas|floor data gas|gas ?limit ?too ?(low|small)|gas floor|out of gas|requires at least \d+ gas/,
  },
  'too-large': { then: 'refuse', words: /oversized data|transaction size|too large|exceeds max.* size/ },
  'execution-reverted': { then: 'refuse', words: /revert/, codes: [3] },
  'wrong-chain': { then: 'refuse', words: /chain ?id|replay.?protect/ },
  'not-permitted': {
    then: 'refuse',
    words: /not (an )?authori[sz]ed|not (an )?eoa|not permitted|sender.*(contract|code)|allowlist|blacklist/,
  },
  'pool-full': {
    then: 'wait',
    words:
      /(pool|queue|mempool) (is )?(full|overflow)|pool.*(overflow|exceed)|(limit|slots?) (reached|exceeded)|no more space/,
  },
  'nonce-gap': {
    then: 'wait',
    words: /nonce ?(is )?(too )?(high|gap|far)|gapped|nonce.*(distant|future)|lower nonce|expected nonce/,
  },
  'type-not-supported': {
    then: 'refuse',
    words: /type.*(not|un) ?supported|(not|un) ?supported.*type|invalid transaction type/,
  },
  'invalid-transaction': {
    then: 'refuse',
    words: /invalid (sender|signature|transaction|rlp)|rlp|failed to (decode|recover|resolve)|malformed/,
  },
  syncing: { then: 'silent', words: /sync|pool not enabled|world state (is )?(not|un) ?available/ },
  'rate-limited': {
    then: 'silent',
    words: /rate.?limit|too many requests|limit exceeded|exceeded.*(quota|capacity|compute)|throughput/,
    codes: [429, -32005],
    statuses: [402, 403, 429],
  },
  unreachable: {
    then: 'silent',
    words:
      /fetch failed|econn|enotfound|etimedout|epipe|socket|network|time(d)? ?-?out|took too long|abort|http request failed|terminated/,
    statuses: [0, 408, 500, 502, 503, 504, 520, 521, 522, 523, 524],
  },
  /** In words that nobody has seen yet: kept, sent again, and logged whole. */
  unknown: { then: 'wait' },
} as const satisfies Record<string, Rule>;

export type AnswerClass = keyof typeof answers;

export const answerClasses = Object.keys(answers) as AnswerClass[];

const rules = Object.entries(answers) as [AnswerClass, Rule][];

/** What a node meant. */
export function classify(error: unknown): AnswerClass {
  const { text, codes, statuses } = read(error);
  const byWords = rules.find(([, rule]) => rule.words?.test(text));
  if (byWords) return byWords[0];
  const byCode = rules.find(([, rule]) => rule.codes?.some((code) => codes.includes(code)));
  if (byCode) return byCode[0];
  const byStatus = rules.find(([, rule]) => rule.statuses?.some((status) => statuses.includes(status)));
  return byStatus?.[0] ?? 'unknown';
}

/** The words, codes and HTTP statuses of an error and its causes: the node's own answer may lie below the client's. */
function read(error: unknown): { text: string; codes: number[]; statuses: number[] } {
  const texts: string[] = [];
  const codes: number[] = [];
  const statuses: number[] = [];
  for (let at = error, depth = 0; at !== undefined && at !== null && depth < 6; depth++) {
    if (typeof at !== 'object') {
      texts.push(String(at as string));
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
export function agree(given: readonly AnswerClass[]): AnswerClass {
  const ranked = answerClasses.filter((name) => given.includes(name));
  const sent = ranked.find((name) => answers[name].then === 'sent');
  if (sent) return sent;
  const looked = ranked.filter((name) => answers[name].then !== 'silent');
  const open = looked.find((name) => !isRefusal(name));
  return open ?? looked[0] ?? ranked[0] ?? 'unreachable';
}

/** No node keeps it: not in a pool, so its nonce is free again. */
export function isRefusal(name: AnswerClass): boolean {
  const { then } = answers[name];
  return then === 'refuse' || then === 'fund' || then === 'cap';
}
