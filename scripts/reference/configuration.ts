// Generates docs/configuration.md from the relayer's own configuration schema.
import { z } from 'zod';

import { oneBridge, severalBridges } from '../../relayer/config-schema.ts';
import { parseConfig } from '../../relayer/config.ts';
import { code, table } from './markdown.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly default?: unknown;
}

const minimal = {
  main: { chainId: 1, bridge: `0x${'00'.repeat(20)}`, rpcUrls: ['http://127.0.0.1:8545'] },
  product: { chainId: 2, bridge: `0x${'00'.repeat(20)}`, rpcUrls: ['http://127.0.0.1:8546'] },
  key: 'keystore:attest.json',
};

function typeOf({ type = '', enum: values, const: value, format, pattern, anyOf, items, properties }: Schema): string {
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (value !== undefined) return code(JSON.stringify(value));
  if (values !== undefined) return values.map((one) => code(JSON.stringify(one))).join(', ');
  if (items?.enum !== undefined) return `list of ${typeOf(items)}`;
  if (items !== undefined) return items.properties === undefined ? `list of ${typeOf(items)}s` : 'list';
  if (properties !== undefined) return code(`{ ${Object.keys(properties).join(', ')} }`);
  if (format === 'uri') return 'URL';
  if (pattern === '^\\d+$') return 'digits in a string';
  if (pattern?.endsWith(':(\\d{1,5})$') === true) return code('HOST:PORT');
  return (
    { object: 'object', integer: 'whole number', number: 'number', string: 'text', boolean: '`true` or `false`' }[
      type
    ] ?? type
  );
}

/** The value of an omitted setting, after parsing. */
function defaultOf(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'bigint') return code(`"${value}"`);
  if (typeof value === 'object' && value !== null && 'port' in value && 'host' in value) {
    return code(`"${String(value.host)}:${String(value.port)}"`);
  }
  return code(JSON.stringify(value));
}

/** Defaults that depend on other settings, or on the folder. */
const written: Readonly<Record<string, string>> = { dataDir: code('"data"'), rpcQuorum: 'a majority' };

function rows(schema: Schema, defaults: Readonly<Record<string, unknown>>, before = ''): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const path = `${before}${name}`;
    const value = defaults[name];
    const required = schema.required?.includes(name) === true;
    if (inner.properties !== undefined && value !== undefined)
      return rows(inner, value as Record<string, unknown>, `${path}.`);
    const own = [
      code(path),
      typeOf(inner),
      required ? '**required**' : (written[path] ?? defaultOf(value)),
      inner.description ?? '',
    ];
    // Of an object that may be left out, the defaults are those of one that is there.
    const inside = Object.entries(inner.properties ?? {}).map(([key, one]) => [key, one.default] as const);
    return [
      own,
      ...(inner.properties === undefined ? [] : rows(inner, Object.fromEntries(inside), `${path}.`)),
      ...(inner.items?.properties === undefined ? [] : rows(inner.items, {}, `${path}[].`)),
    ];
  });
}

export function configurationPage(): string {
  const page = (form: z.ZodType) => z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' }) as Schema;
  const schema = page(oneBridge);
  const { main, product, ...rest } = schema.properties ?? {};
  const config = parseConfig(minimal, {}, '/');
  const defaults = config as unknown as Record<string, unknown>;
  const head = ['setting', 'type', 'default', 'meaning'];
  const chain = rows(main ?? {}, { ...config.main });
  const { bridges, shards: ofShards } = page(severalBridges).properties ?? {};
  const bridge = bridges?.additionalProperties;
  const shards = { properties: { shards: ofShards ?? {} } };

  return `<!-- Made by npm run docs from relayer/config-schema.ts and relayer/settings. Do not edit. -->
# Configuration

One JSON file per relayer. Commands read the file of \`--config FILE\`, else of the variable \`PEGWAY_CONFIG\`, else \`/etc/pegway/relayer.json\`. Pegs, signers, threshold, epoch and limits are not settings: they are read from the chains. An unknown setting or an invalid value ends the start with exit status 2 and the name of the field. Edits take effect while the relayer runs ([below](#edits-while-it-runs)).

A file names one bridge by \`main\` and \`product\`, or several by \`chains\` and \`bridges\` ([below](#several-bridges)).

## Relayer

${table(head, rows({ ...schema, properties: rest }, defaults))}

\`fallbackSeconds\` must be more than \`turnSeconds\`, and \`main.chainId\` must differ from \`product.chainId\`.

## Each chain

\`main\`: ${main?.description ?? ''} \`product\`: ${product?.description ?? ''} Both have:

${table(head, chain)}

\`rpcQuorum\` is at most the number of \`rpcUrls\`. \`"rpcUrl": "…"\` is short for a list of one, here and in the other files.

## Several bridges

One process serves many bridges over shared chains: it follows each chain once, and pays for all of them from one account per chain. Several processes share them by \`shards\` ([several-machines.md](several-machines.md)):

${table(head, rows(shards, {}))}

\`chains\` has the settings above by name, without \`bridge\`. \`bridges\` has by name:

${table(head, rows(bridge ?? {}, {}))}

Names consist of a–z, 0–9 and -, at most 40. Paths of the public port take them: \`/v1/bridges/NAME/status\`. Commands that inspect one bridge take \`--bridge NAME\`. No two chains have the same chain id, and no two bridges the same contract.

\`\`\`json
{
  "chains": {
    "ethereum": { "chainId": 1, "rpcUrls": ["http://own-node:8545", "https://another"], "rpcQuorum": 2 },
    "boats": { "chainId": 4242, "rpcUrls": ["http://own-product-node:8545"], "headerRule": "qbft" }
  },
  "bridges": {
    "boat-usd": { "main": { "chain": "ethereum", "bridge": "0x…" }, "product": { "chain": "boats", "bridge": "0x…" } },
    "boat-eur": { "main": { "chain": "ethereum", "bridge": "0x…" }, "product": { "chain": "boats", "bridge": "0x…" } }
  },
  "key": "keystore:/etc/pegway/attest.json?password-file=/run/credentials/pegway.service/attest-password",
  "peers": [{ "address": "0x…", "url": "https://signer-b.example" }]
}
\`\`\`

Journal and history of each bridge are in \`dataDir/ID/\`, where ID is the main chain's id and the main bridge's address, joined by a hyphen; records of transactions are in \`dataDir/accounts/\`. To move from a file of one bridge: stop the relayer, move \`pegway.sqlite\` and \`history.sqlite\` from \`dataDir\` to \`dataDir/ID/\`, and start it with the new file. Without the move the relayer rebuilds everything but its signing history from the chains.

A bridge that cannot be opened, because of its nodes, its data or its addresses, is named in health, metrics and status, and tried again; the others run. A process is ready while it has no fault of its own and at least one of its bridges has none.

## Edits while it runs

A relayer compares the file with what it has read every 2 s, and applies an edit once the file has been unchanged for one such interval; at SIGHUP (\`systemctl reload pegway\`) without delay. It reads the file, checks the chains, the pairing of the contracts and the keys of every bridge that changes, and then applies the whole edit, or refuses the whole and keeps the configuration that it has.

| edit of | effect |
| --- | --- |
| \`bridges\` | An added bridge is opened. A removed one finishes the batches under way, at most for 8 s, and is closed. One with other settings, peers and webhooks among them, is closed and opened again. The others are not affected. |
| \`chains\`, \`main\`, \`product\` | A chain with other settings, nodes among them, is opened again together with the bridges on it. |
| \`peers\`, \`webhooks\`, times, \`fees\`, \`history\`, \`pauseOnBrokenAudit\` | Every bridge that uses the setting is opened again. |
| \`log\` | Effective at once. |
| \`listen\`, \`dataDir\`, \`queue\`, \`key\`, \`payingKey\`, \`shards\`, \`standSeconds\`, \`devnet\`; the contracts and chain ids of a file of one bridge; the other form of the file | Refused: needs a restart. |

A bridge that is opened again recovers its transfers from the chains, as after a restart: none is lost, and the other signers carry on meanwhile. Edit one signer after the other where all bridges are affected. A bridge that has stopped because a finalized block was reorged is not opened again: that needs a restart.

A refused edit is logged with the reason, is shown as \`reload-refused\` in health and status, sets \`pegway_config_refused\` to 1, and does not affect readiness. Where a node or a key did not answer, the relayer repeats the check every 10 s.

## Environment

${table(
  ['variable', 'meaning'],
  [
    [code('PEGWAY_CONFIG'), 'Path of this file, for commands without `--config`.'],
    [code('REDIS_URL'), 'Redis for the queue, if `queue` is not set.'],
  ],
)}

No other variable is read, except by the AWS SDK for \`awskms:\` keys. Do not put secrets into the environment: use files (\`password-file=\`, \`pin-source=file:\`) in the keys’ URIs ([keys.md](keys.md)).

## An example

\`\`\`json
{
  "main":    { "chainId": 1,    "bridge": "0x…", "rpcUrls": ["http://own-node:8545", "https://another", "https://third"] },
  "product": { "chainId": 4242, "bridge": "0x…", "rpcUrls": ["http://own-product-node:8545"], "headerRule": "qbft" },
  "key": "keystore:/etc/pegway/attest.json?password-file=/run/credentials/pegway.service/attest-password",
  "payingKey": "keystore:/etc/pegway/pay.json?password-file=/run/credentials/pegway.service/pay-password",
  "peers": [{ "address": "0x…", "url": "https://signer-b.example" }],
  "dataDir": "/var/lib/pegway",
  "queue": "redis://127.0.0.1:6379"
}
\`\`\`
`;
}
