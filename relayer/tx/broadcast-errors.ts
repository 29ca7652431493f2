import { lowFundsWords, nodeWords, normalizeWords, rateLimitWords } from '../../protocol/node-words.ts';

/*
 * Classifies a node's response to `eth_sendRawTransaction`. The keys of the table are metric labels, and `decide.ts`
 * has a rule for each `then`. Clients share neither codes (-32003 is "rejected" at Besu and "response too large" at
 * geth) nor texts, so a rule matches a subject and its fault (`nonce` with `too low`), and codes decide only where
 * JSON-RPC or HTTP fixes their meaning. Tests: the wordings of seven clients, and `test/fixtures/send-errors.json`.
 *
 * SECURITY: an error is the claim of one node. It moves fees, up to the cap, and the order of attempts. It never
 * decides that a transfer was executed.
 */

/** The reaction to an outcome. */
export type Consequence =
  /** The node has the transaction. */
  | 'sent'
  /** Retry with a higher fee. */
  | 'raise'
  /** Not accepted now; the same bytes may be accepted later. */
  | 'wait'
  /** The account needs more funds. */
  | 'fund'
  /** The node caps fees; retry with lower ones. */
  | 'cap'
  /** These contents are rejected at any fee. */
  | 'refuse'
  /** The node did not examine the transaction: another node decides. */
  | 'silent';

interface Rule {
  readonly then: Consequence;
  /** Tested against the normalized text; see `normalizeWords`. */
  readonly words?: RegExp;
  /** JSON-RPC error codes. Used where no words match. */
  readonly codes?: readonly number[];
  /** HTTP statuses of answers without a JSON-RPC error. */
  readonly statuses?: readonly number[];
}

// The first rule with matching words applies. An unmatched text is `unknown`, which retries and refuses nothing.
export const broadcastOutcomes = {
  accepted: { then: 'sent' },
  'already-known': {
    then: 'sent',
    words:
      /already (known|imported|exists|in (the )?(\w+ ?)?pool|(been )?(seen|submitted|broadcast))|(?<!un)known transaction|same hash|duplicate transaction/,
  },
  // Before all words of a contract: its reason may be "insufficient balance".
  'execution-reverted': { then: 'refuse', words: /\brevert(ed)?\b/, codes: [3] },
  'nonce-too-low': {
    then: 'wait',
    words: /nonce (is |value )?too (low|small|old)|(old|stale) nonce|nonce .{0,20}already .{0,10}used|nonce expired/,
  },
  'replacement-underpriced': {
    then: 'raise',
    words: /replacement .{0,20}(underpriced|too low|not allowed|requires)|(to|not) replace (the )?(existing|pending)/,
  },
  'insufficient-funds': { then: 'fund', words: lowFundsWords },
  'fee-cap-exceeded': {
    then: 'cap',
    words:
      /(?<!(priority|base) )\b(fee|price)\b.*exceeds .*\b(cap|limit|max)|fee (cap|limit) exceeded|(?<!(priority|base) )\b(fee|price)\b.{0,12} too high/,
  },
  'intrinsic-gas': {
    then: 'refuse',
    words:
      /intrinsic gas(?! too high)|floor (data )?gas|(insufficient|not enough) gas(?! price)|gas (cost|floor) .*exceeds the gas limit|(?<!per )gas (limit )?(is )?too low|at least \d+ gas|out of gas|gas required exceeds/,
  },
  'gas-limit-too-high': {
    then: 'refuse',
    words:
      /intrinsic gas too high|gas limit .{0,40}(too high|exceed|greater|reached|above|cap)|exceeds? .{0,30}\bgas (limit|per (tx|transaction))|exceeds? .{0,20}transaction gas|gas limit (exceeded|reached)|gas \w* ?overflow/,
  },
  underpriced: {
    then: 'raise',
    words:
      /underpriced|(fee|price|tip)\b.{0,24}\b(too low|below|less than|lower than|under)\b|insufficient (\w+ ){0,2}(fee|price)|(fee|price|tip) .{0,40}(minimum (needed|required)|below .{0,20}(minimum|base fee))|base fee\b.{0,20}\b(exceeds|greater|higher|above)|minimum (gas )?(price|fee|tip)|low (gas )?(price|fee|tip)/,
  },
  'too-large': {
    then: 'refuse',
    words:
      /oversized|(transaction|tx)('s)? (size |is )*(\d+ )?(too (large|big)|exceed)|rlp too long|code size|init ?code/,
  },
  'wrong-chain': { then: 'refuse', words: /chain ?id|eip 155|replay protected|unprotected/ },
  'type-not-supported': {
    then: 'refuse',
    words:
      /(transaction|tx) type\b.*(not supported|unsupported|not (yet )?activated)|(unsupported|unknown|invalid) (transaction|tx) type|type is not activated|(blob|legacy|1559|2930|7702|dynamic fee) (tx|transaction)s? .*(not (supported|allowed|accepted)|disabled)|type .*not valid|not supported tx type|fork .*not activated/,
  },
  'pool-full': {
    then: 'wait',
    words:
      /pool (is )?(full|overflow)|queue (is )?full|account limit|in flight .*limit|account .*capacity|too many (\w+ )?(transactions|txs)/,
  },
  'nonce-gap': {
    then: 'wait',
    words:
      /nonce (is )?too (high|far|distant|big|large)|nonce gap|gapped nonce|lower nonce exists|future nonce|(invalid|incorrect|wrong|unexpected) (\w+ )?nonce|nonce (is )?(mismatch|not consistent)|sequence mismatch|not current nonce/,
  },
  'address-reserved': {
    then: 'wait',
    words: /already reserved|type conflict|conflicting type|has pending (tx|transaction)|same nonce .*in progress/,
  },
  'not-permitted': {
    then: 'refuse',
    words:
      /not an? (eoa|account)|sender is contract|(sender|account|address) .{0,30}(not (authori[sz]ed|permitted|allowed|whitelisted)|denied|banned|blocked)|marked the transaction as|rejected by (\w+ )?(policy|plugin|filter|rule)|(creation|deployment) (is )?not (allowed|permitted)|sanction|spammer|(black|deny|block) ?list/,
  },
  syncing: {
    then: 'silent',
    words: /\bsync(ing|hroni[sz]ing)?\b|catching up|pool (is )?(not enabled|disabled)|world state (un|not )available/,
  },
  'rate-limited': {
    then: 'silent',
    words: rateLimitWords,
    codes: [-32005],
    statuses: [402, 429],
  },
  /** Not asked: another process of this signer holds the lease. */
  standby: { then: 'silent', words: /^standby$/m },
  unreachable: {
    then: 'silent',
    words:
      /rpc unreachable|fetch failed|econn|enotfound|epipe|eai again|etimedout|socket|time(d|s)? ?out|deadline exceeded|took too long|aborted|cancell?ed|gateway|(temporarily|service|currently) (un|not )?(available|unavailable)|no (healthy |available |suitable )?(backend|upstream|node|provider)|suitable provider|(channel|connection|pipe) (is )?(closed|reset|refused|broken)|broken pipe|unauthori[sz]ed|authenticat|api key|project id|forbidden|access denied|method\b.*\b(not|disabled|unsupported)|eth send raw transaction (is )?(not|disabled|unsupported)|(unsupported|unknown) method|by this (endpoint|node|provider)|read ?only|upstream|fulfill|failed to fetch|not ready|initializing|starting up|shutting down|maintenance|\bbusy\b|overload|\beof\b|batch\w* .*not (supported|allowed)|(response|request|body|payload|batch) (is |size |entity )*too large/m,
    // JSON-RPC 2.0, section 5.1: parse error, invalid request, method not found. -32604: Besu, method not enabled.
    codes: [-32700, -32600, -32601, -32604],
  },
  'invalid-transaction': {
    then: 'refuse',
    words:
      /invalid (sender|(tx|transaction)|signature|raw|rlp)|(signature|transaction|tx|sender) (is )?(invalid|malformed)|(failed to|could not|unable to|cannot|while) (be )?(decode|decoding|recover|resolve|parse|parsing|validate|unmarshal)(?!.*response)|malformed|^rlp:|odd length|too short|overflow|higher than 2\^256|nonce has max|negative value|authorization list|paymaster|unexecutable|transaction validation failed|priority fee .{0,20}(higher|greater|exceeds|more) |cannot be higher|^invalid,/m,
  },
  /** Unrecognized text: retried, and logged in full. */
  unknown: { then: 'wait' },
} as const satisfies Record<string, Rule>;

export type BroadcastOutcome = keyof typeof broadcastOutcomes;

export const broadcastOutcomeNames = Object.keys(broadcastOutcomes) as BroadcastOutcome[];

const rules = Object.entries(broadcastOutcomes) as [BroadcastOutcome, Rule][];

/** Classifies an error of a node, or of the connection to it. */
export function classifyBroadcastError(error: unknown): BroadcastOutcome {
  const { text, codes, statuses } = readError(error);
  // An HTTP failure without a JSON-RPC error comes from a proxy or gateway. Its text means nothing about a
  // transaction.
  const failed = codes.length === 0 ? statuses.find((status) => status < 200 || status > 299) : undefined;
  if (failed !== undefined) return byStatus(failed);
  // Without an answer the words are those of a proxy's page or of another request: none is about this transaction.
  const isUnanswered = /^rpc unreachable$/m.test(text);
  const applicable = isUnanswered ? rules.filter(([, { then }]) => then === 'silent') : rules;
  const byWords = applicable.find(([, rule]) => rule.words?.test(text) ?? false);
  if (byWords) return byWords[0];
  if (isUnanswered) return 'unreachable';
  const byCode = rules.find(([, rule]) => rule.codes?.some((code) => codes.includes(code)))?.[0];
  // Gateways repeat an HTTP status as the code.
  const status = codes.find((code) => code >= 400 && code < 600);
  return byCode ?? (status === undefined ? 'unknown' : byStatus(status));
}

function byStatus(status: number): BroadcastOutcome {
  const rule = rules.find(([, { statuses }]) => statuses?.includes(status));
  return rule?.[0] ?? 'unreachable';
}

/** Errors nest: the node's answer may be below that of the client. Deeper causes are ignored. */
const MAX_DEPTH = 6;

function readError(error: unknown): { text: string; codes: number[]; statuses: number[] } {
  const texts: string[] = [];
  const codes: number[] = [];
  const statuses: number[] = [];
  for (let at = error, depth = 0; at !== undefined && at !== null && depth < MAX_DEPTH; depth++) {
    if (typeof at !== 'object') {
      if (typeof at === 'string') texts.push(at);
      break;
    }
    const { code, status, details, shortMessage, message, data, error: answer, cause } = at as Record<string, unknown>;
    if (typeof status === 'number') statuses.push(status);
    // The node's own error alone: around it are the method, and the node's name, which may hold any word.
    if (typeof answer === 'object' && answer !== null) {
      at = answer;
      continue;
    }
    // Where a client wraps the node's words, they are in `details`, and the client's own words describe only the code.
    const words = details ?? shortMessage ?? message;
    texts.push(nodeWords({ message: typeof words === 'string' ? words : '', data }));
    if (typeof code === 'number') codes.push(code);
    if (typeof code === 'string') texts.push(code);
    at = cause;
  }
  return { text: normalizeWords(texts.join('\n')), codes, statuses };
}

/**
 * The outcome of one broadcast to several nodes. One node that has the transaction is enough. Otherwise the nodes that
 * examined it decide, and it is refused only when all of them refuse it. Ties go to the first in the table.
 */
export function combineOutcomes(outcomes: readonly BroadcastOutcome[]): BroadcastOutcome {
  const ranked = broadcastOutcomeNames.filter((name) => outcomes.includes(name));
  const sent = ranked.find((name) => broadcastOutcomes[name].then === 'sent');
  if (sent) return sent;
  const considered = ranked.filter((name) => broadcastOutcomes[name].then !== 'silent');
  const open = considered.find((name) => !isRefusal(name));
  return open ?? considered[0] ?? ranked[0] ?? 'unreachable';
}

/** True when no pool keeps the transaction, so that its nonce is free again. */
export function isRefusal(name: BroadcastOutcome): boolean {
  const { then } = broadcastOutcomes[name];
  return then === 'refuse' || then === 'fund' || then === 'cap';
}
