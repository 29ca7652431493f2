// Receives a relayer's webhooks and credits the recipient of each transfer exactly once when it has arrived, though messages are
// repeated and come in any order (docs/webhooks.md).
// node examples/credit-receiver.ts PORT DATABASE SECRET_FILE
//
// Before you credit money, compare each event with a second relayer or a node of your own (docs/events.md): this example trusts the
// relayer that holds the secret.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';

const [port = '8080', databaseFile = 'credits.sqlite', secretFile = 'webhook.secret'] = process.argv.slice(2);
const secret = Buffer.from(readFileSync(secretFile, 'utf8').trim().replace('whsec_', ''), 'base64');

const LARGEST_BODY = 65_536;
const TOLERANCE_SECONDS = 300;

const database = new DatabaseSync(databaseFile);
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS departures (transfer TEXT PRIMARY KEY, account TEXT NOT NULL, amount TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS arrivals (transfer TEXT PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS balances (
    account TEXT NOT NULL, token TEXT NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (account, token)
  ) STRICT;`);
const addMessage = database.prepare('INSERT OR IGNORE INTO messages VALUES (?)');
const addDeparture = database.prepare('INSERT INTO departures VALUES (?, ?, ?)');
const addArrival = database.prepare('INSERT INTO arrivals VALUES (?)');
const isArrived = database.prepare('SELECT 1 FROM arrivals WHERE transfer = ?');
const departureOf = database.prepare('SELECT account, amount FROM departures WHERE transfer = ?');
const balanceOf = database.prepare('SELECT amount FROM balances WHERE account = ? AND token = ?');
const setBalance = database.prepare('INSERT OR REPLACE INTO balances VALUES (?, ?, ?)');

/** The fields of an event that this program uses. Amounts are decimal strings, in base units. */
interface BridgeEvent {
  readonly kind: string;
  readonly direction?: 'mint' | 'withdraw';
  readonly productToken?: string;
  readonly nonce?: string;
  readonly args: { readonly recipient?: string; readonly mainAmount?: string; readonly productAmount?: string };
}

/** Adds an amount to an account. */
function credit(account: string, token: string, amount: string): void {
  const { amount: before = '0' } = balanceOf.get(account, token) ?? {};
  setBalance.run(account, token, String(BigInt(before as string) + BigInt(amount)));
}

/** Records half of a transfer; the later half, whichever it is, credits the recipient. */
function apply({ kind, direction, productToken = '', nonce = '', args }: BridgeEvent): void {
  const transfer = `${direction} ${productToken} ${nonce}`;
  if (kind === 'departed') {
    const amount = (direction === 'mint' ? args.productAmount : args.mainAmount) ?? '0';
    const account = args.recipient ?? '';
    addDeparture.run(transfer, account, amount);
    if (isArrived.get(transfer) !== undefined) credit(account, `${direction} ${productToken}`, amount);
  } else if (kind === 'executed' || kind === 'released') {
    addArrival.run(transfer);
    const departure = departureOf.get(transfer);
    if (departure === undefined) return;
    credit(departure['account'] as string, `${direction} ${productToken}`, departure['amount'] as string);
  }
}

/** Applies a message once: its id is stored in the transaction of its effect, so a repeated one has none. */
function receive(id: string, event: BridgeEvent): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    if (addMessage.run(id).changes === 1) apply(event);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** True if one of the signatures is of our secret, over this body, and recent. */
function isAuthentic({ headers }: IncomingMessage, body: string): boolean {
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) =>
    String(headers[`webhook-${name}`]),
  );
  if (!(Math.abs(Date.now() / 1_000 - Number(timestamp)) <= TOLERANCE_SECONDS)) return false;
  const expected = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest();
  return (signatures ?? '').split(' ').some((signature) => {
    const given = Buffer.from(signature.replace('v1,', ''), 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_BODY) throw new RangeError('the body is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const server = createServer((request, response) => {
  const answer = async (): Promise<number> => {
    const body = await readBody(request);
    if (!isAuthentic(request, body)) return 401;
    const { type, data } = JSON.parse(body) as { readonly type: string; readonly data: BridgeEvent };
    if (type !== 'test') receive(String(request.headers['webhook-id']), data);
    // Only now: the relayer sends nothing again that was answered with 2xx.
    return 204;
  };
  answer().then(
    (status) => response.writeHead(status).end(),
    // The relayer tries again.
    () => response.writeHead(500).end(),
  );
});
server.listen(Number(port), '127.0.0.1', () => console.log(`receives webhooks on port ${port}`));
