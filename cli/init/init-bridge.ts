import { type Address, zeroAddress } from 'viem';

import { COIN } from '../../protocol/peg.ts';
import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { withoutPassword } from '../../relayer/field-problems.ts';
import { httpUrl } from '../../relayer/settings/fields.ts';
import { readTokenInfo } from '../../sdk/index.ts';
import { ONCE, readerOf } from '../deploy/chain-clients.ts';
import { type DeploymentFile, FORMAT, exits as exitsSchema } from '../deploy/deployment-file.ts';
import { parseDeployment } from '../deploy/parse-deployment.ts';
import { baseUnits } from '../deploy/spec.ts';
import type { Io } from '../io.ts';
import { type Output, openOutput, wrong } from '../output.ts';
import { addressAt } from '../parse-address.ts';
import { type Question, isWanted, requireNew, schemaFor, valueOf, writeNew } from './ask.ts';

interface BridgeFlags {
  readonly mainRpc?: string;
  readonly productRpc?: string;
  readonly signer?: readonly string[];
  readonly threshold?: string;
  readonly mainToken?: string;
  readonly symbol?: string;
  readonly name?: string;
  readonly rate?: string;
  readonly minimum: string;
  readonly dailyLimit?: string;
  /** Undefined: asked for at a terminal. */
  readonly exits?: boolean;
  readonly trial: boolean;
  readonly json: boolean;
}

const DAY = 86_400;
const DELAYS = { governanceDelay: 2 * DAY, parkDelay: DAY, pauseDuration: 3_600, bounceDelay: DAY };
const TRIAL_DELAYS = { governanceDelay: 60, parkDelay: 60, pauseDuration: 60, bounceDelay: 60 };

const EXITS = 'Exits pay holders some weeks after too many signers are lost; they cannot be added later. Add them?';
const DEFAULT_EXITS = exitsSchema.parse({});

/** `pegway init bridge` */
export async function initBridge(file: string, flags: BridgeFlags, io: Io): Promise<void> {
  requireNew(file);
  const output = openOutput(flags.json, io);
  const ask = <T>(given: string | undefined, question: Question<T>) => valueOf(given, question, io, output);
  const main = await ask(flags.mainRpc, {
    ...{ flag: '--main-rpc', question: 'URL of a node of the main chain' },
    parse: (text) => openNode('--main-rpc', text, output),
  });
  const product = await ask(flags.productRpc, {
    ...{ flag: '--product-rpc', question: 'URL of a node of the product chain' },
    parse: (text) => openNode('--product-rpc', text, output, main.chainId),
  });
  const { address, decimals } = await ask(flags.mainToken, {
    ...{ flag: '--main-token', question: 'Address of the token to lock, or "coin"' },
    parse: (text) => output.waiting('the node of the main chain', readMainToken(text, main)),
  });
  const symbol = await ask(flags.symbol, {
    ...{ flag: '--symbol', question: 'Symbol of the product token' },
    parse: (text) => short('--symbol', text, 32),
  });
  const name = await ask(flags.name, {
    ...{ flag: '--name', question: 'Name of the product token; it never changes', fallback: symbol },
    parse: (text) => short('--name', text, 64),
  });
  const [mainPart, productPart] = await ask(flags.rate, {
    ...{ flag: '--rate', question: 'Rate, as MAIN:PRODUCT; it never changes', fallback: '1:1' },
    parse: rateOf,
  });
  const operators = await ask(flags.signer?.join(' '), {
    ...{ flag: '--signer', question: 'Signers, as ADDRESS=URL, with spaces' },
    parse: operatorsOf,
  });
  const exits = flags.exits ?? (await isWanted(EXITS, io));

  const deployment: DeploymentFile = {
    $schema: schemaFor(file, 'deployment'),
    format: FORMAT,
    chains: {
      main: { chainId: main.chainId, rpcUrls: [main.url] },
      product: { chainId: product.chainId, rpcUrls: [product.url] },
    },
    bridges: {
      [bridgeNameOf(symbol)]: {
        main: 'main',
        product: 'product',
        signers: operators.map(({ signer }) => signer),
        threshold: flags.threshold === undefined ? Math.ceil((operators.length * 2) / 3) : Number(flags.threshold),
        operators: operators.flatMap(({ signer, url }) => (url === undefined ? [] : [{ signer, url }])),
        delays: flags.trial ? TRIAL_DELAYS : DELAYS,
        // The periods by their defaults: the file states them.
        ...(exits ? { anchors: {}, exits: DEFAULT_EXITS } : {}),
        pegs: [
          {
            mainToken: { address, decimals },
            productToken: { name, symbol, decimals },
            rate: { main: mainPart, product: productPart },
            minimumDeposit: flags.minimum,
            minimumRedeem: convert(flags.minimum, mainPart, productPart, decimals),
            withdrawLimit: limitOf(flags.dailyLimit, '1', '1', decimals),
            mintLimit: limitOf(flags.dailyLimit, mainPart, productPart, decimals),
          },
        ],
      },
    },
  };
  parseDeployment(deployment);
  writeNew(file, `${JSON.stringify(deployment, undefined, 2)}\n`);
  const text = [
    `wrote ${file}: ${operators.length} ${operators.length === 1 ? 'signer' : 'signers'} on chains ${main.chainId} and ${product.chainId}, ${symbol}`,
    exits
      ? '  with exits: each relayer needs the setting `anchors`, and a product chain node with eth_getProof (docs/exit.md)'
      : '  without exits: if too many signers are lost, so is the collateral; --exits adds them, which is not possible later',
    `  read it; then: pegway deploy ${file} --key URI --dry-run`,
  ];
  output.result(text.join('\n'), { file, deployment });
}

interface Node {
  readonly url: string;
  readonly chainId: number;
}

async function openNode(flag: string, text: string, output: Output, other?: number): Promise<Node> {
  const { url, host } = httpUrlAt(flag, text);
  const reading = readerOf(url, 0, ONCE).getChainId();
  const chainId = await output.waiting(host, reading).catch((cause: unknown) => {
    throw new PegwayError(`${flag}: ${host} does not answer: ${messageOf(cause)}`, { cause, exitCode: 2 });
  });
  if (chainId === other) {
    throw wrong(`${flag}: ${host} is a node of chain ${chainId}, the main chain`, 'name a node of the other chain');
  }
  return { url, chainId };
}

function httpUrlAt(flag: string, text: string): { readonly url: string; readonly host: string } {
  if (!httpUrl.safeParse(text).success) {
    const found = JSON.stringify(withoutPassword(text));
    throw wrong(`${flag}: expected an http:// or https:// URL, found ${found}`, 'for example http://127.0.0.1:8545');
  }
  return { url: text, host: parseEndpointUrl(text).host };
}

async function readMainToken(text: string, { url, chainId }: Node) {
  const address = text.toLowerCase() === 'coin' ? COIN : addressAt('--main-token', text);
  const { decimals, missing } = await readTokenInfo(readerOf(url, chainId), address);
  if (missing.includes('decimals')) {
    throw wrong(
      `--main-token: ${address} has no decimals() on chain ${chainId}`,
      'expected the address of an ERC-20 token',
    );
  }
  return { address, decimals };
}

function short(flag: string, text: string, longest: number): string {
  if (text.length <= longest) return text;
  throw wrong(`${flag}: expected at most ${longest} characters, found ${text.length}`, 'name a shorter one');
}

function rateOf(text: string): readonly [main: string, product: string] {
  const [, main = '', product = ''] = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (Number(main) > 0 && Number(product) > 0) return [main, product];
  throw wrong(`--rate: expected MAIN:PRODUCT, both above zero, found ${text}`, 'for example 1:2');
}

interface SignerAt {
  readonly signer: Address;
  readonly url: string | undefined;
}

function operatorsOf(text: string): readonly SignerAt[] {
  const operators = text.split(/\s+/).map(operatorOf);
  const seen = new Set<Address>();
  for (const { signer } of operators) {
    if (seen.has(signer)) throw wrong(`--signer: ${signer} twice`, 'name each signer once');
    seen.add(signer);
  }
  return operators;
}

function operatorOf(text: string): SignerAt {
  const [, address = '', , url] = /^([^=]*)(=(.+))?$/.exec(text) ?? [];
  const signer = addressAt('--signer', address);
  if (signer === zeroAddress) throw wrong('--signer: the zero address cannot sign', 'name the attesting key’s address');
  return { signer, url: url === undefined ? undefined : httpUrlAt(`--signer ${address}`, url).url };
}

/** A name of `bridges` in the deployment file, which is narrower than a symbol. */
const bridgeNameOf = (symbol: string): string =>
  symbol
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'bridge';

/** An amount of main tokens as product tokens, both in whole tokens of the same decimals; the next amount that is exact. */
function convert(amount: string, main: string, product: string, decimals: number): string {
  const units = baseUnits(amount, decimals);
  const [up, down] = [baseUnits(product, decimals), baseUnits(main, decimals)];
  if (units === undefined || up === undefined || down === undefined || down === 0n) return amount;
  const value = (units * up + down - 1n) / down;
  const digits = value.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

function limitOf(daily: string | undefined, main: string, product: string, decimals: number) {
  if (daily === undefined) return 'unlimited' as const;
  const capacity = convert(daily, main, product, decimals);
  const units = (baseUnits(capacity, decimals) ?? 0n) / BigInt(DAY);
  const digits = units.toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(digits.length - decimals);
  return {
    capacity,
    refillPerSecond: decimals === 0 ? digits : `${digits.slice(0, digits.length - decimals)}.${fraction}`,
  };
}
