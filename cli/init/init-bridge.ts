import { zeroAddress } from 'viem';

import { sides } from '../../protocol/lane.ts';
import { COIN } from '../../protocol/peg.ts';
import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { readTokenInfo } from '../../sdk/index.ts';
import { readerOf } from '../deploy/chain-clients.ts';
import { type DeploymentFile, FORMAT, exits as exitsSchema } from '../deploy/deployment-file.ts';
import { parseDeployment } from '../deploy/parse-deployment.ts';
import { baseUnits } from '../deploy/spec.ts';
import type { Io } from '../io.ts';
import { openOutput, wrong } from '../output.ts';
import { addressAt } from '../parse-address.ts';
import { isWanted, schemaFor, valueOf, writeNew } from './ask.ts';

interface BridgeFlags {
  readonly mainRpc?: string;
  readonly productRpc?: string;
  readonly signer?: readonly string[];
  readonly threshold?: string;
  readonly mainToken?: string;
  readonly symbol?: string;
  readonly name?: string;
  readonly rate: string;
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
  const output = openOutput(flags.json, io);
  const urls = {
    main: await valueOf(flags.mainRpc, '--main-rpc', 'URL of a node of the main chain', io),
    product: await valueOf(flags.productRpc, '--product-rpc', 'URL of a node of the product chain', io),
  };
  const [mainId = 0, productId = 0] = await output.waiting(
    'both nodes to answer',
    Promise.all(sides.map((side) => chainIdOf(side, urls[side]))),
  );
  const named = await valueOf(flags.mainToken, '--main-token', 'Address of the token to lock, or "coin"', io);
  const address = named.toLowerCase() === 'coin' ? COIN : addressAt('--main-token', named);
  const { decimals, missing } = await readTokenInfo(readerOf(urls.main, mainId), address);
  if (missing.includes('decimals')) {
    throw wrong(
      `--main-token: ${address} has no decimals() on chain ${mainId}`,
      'expected the address of an ERC-20 token',
    );
  }
  const symbol = await valueOf(flags.symbol, '--symbol', 'Symbol of the product token', io);
  const given =
    flags.signer ?? (await valueOf(undefined, '--signer', 'Signers, as ADDRESS=URL, with spaces', io)).split(/\s+/);
  const operators = given.map(operatorOf);
  const exits = flags.exits ?? (await isWanted(EXITS, io));
  const [, mainPart = '', productPart = ''] = /^([\d.]+):([\d.]+)$/.exec(flags.rate) ?? [];
  if (mainPart === '') throw wrong(`--rate: expected MAIN:PRODUCT, found ${flags.rate}`, 'for example --rate 1:2');

  const deployment: DeploymentFile = {
    $schema: schemaFor(file, 'deployment'),
    format: FORMAT,
    chains: {
      main: { chainId: mainId, rpcUrls: [urls.main] },
      product: { chainId: productId, rpcUrls: [urls.product] },
    },
    bridges: {
      [symbol.toLowerCase()]: {
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
            productToken: { name: flags.name ?? symbol, symbol, decimals },
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
    `wrote ${file}: ${operators.length} signers on chains ${mainId} and ${productId}, ${symbol}`,
    exits
      ? '  with exits: each relayer needs the setting `anchors`, and a product chain node with eth_getProof (docs/exit.md)'
      : '  without exits: if too many signers are lost, so is the collateral; --exits adds them, which is not possible later',
    `  read it; then: pegway deploy ${file} --key URI --dry-run`,
  ];
  output.result(text.join('\n'), { file, deployment });
}

async function chainIdOf(side: string, url: string): Promise<number> {
  try {
    return await readerOf(url, 0, { retryCount: 0 }).getChainId();
  } catch (cause) {
    throw new PegwayError(`--${side}-rpc: ${hostOf(url)} does not answer: ${messageOf(cause)}`, { cause, exitCode: 2 });
  }
}

const hostOf = (url: string): string => {
  try {
    return parseEndpointUrl(url).host;
  } catch {
    return url;
  }
};

function operatorOf(text: string): { readonly signer: `0x${string}`; readonly url: string | undefined } {
  const [, address = '', , url] = /^([^=]*)(=(.+))?$/.exec(text) ?? [];
  const signer = addressAt('--signer', address);
  if (signer === zeroAddress) throw wrong('--signer: the zero address cannot sign', 'name the attesting key’s address');
  return { signer, url };
}

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
