import { type Address, type Hex, keccak256, stringToHex } from 'viem';

import type { BridgeState } from '../../relayer/chain/bridge-contract.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { type Config, payingKeysOf } from '../../relayer/config.ts';
import { localUrl } from '../../relayer/host-port.ts';
import { openSigner } from '../../relayer/keys/open-signer.ts';
import { redactKeyUri } from '../../relayer/keys/key-uri.ts';
import type { Signer } from '../../relayer/keys/signer.ts';
import { isLow, transfersLeft } from '../../relayer/monitoring/funds.ts';
import { readShards } from '../../relayer/shards/read-shards.ts';
import type { Entry, Picture } from '../../relayer/shards/registry.ts';
import { compactSignature } from '../../protocol/attestation.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { recoverSigner } from '../../protocol/recover-signer.ts';
import { ask } from '../inspect/ask-relayers.ts';
import { tokens } from '../inspect/format.ts';
import { type Finding, type Outcome, bad, look, ok, warn } from './finding.ts';

/** SECURITY: no statement and no transaction begins with a letter, so a signature over this is worth nothing anywhere. */
const probe = stringToHex('Pegway doctor: does this key sign?');

/** Warn below this number of transfers, as the alert does. */
const FEW = 500;

/** The keys: that they open and sign, what the attesting one is on both bridges, and what the paying one has. */
export async function* signerFindings(
  config: Config,
  chains: Readonly<Record<Side, ChainClient>>,
  states: Readonly<Record<Side, BridgeState>> | undefined,
): AsyncGenerator<Finding> {
  const ending = new AbortController();
  const opened: Signer[] = [];
  const open = async (uri: string) => {
    const signer = await openSigner(uri, {
      ...{ allowPlain: config.devnet, directory: config.directory, signal: ending.signal },
    });
    opened.push(signer);
    return signer;
  };
  try {
    let signer: Signer | undefined;
    yield await look('key', 'signs', async () => {
      signer = await open(config.key);
      return signs(signer, config.key);
    });
    const attesting = signer;
    if (attesting !== undefined && states !== undefined) {
      for (const side of sides) yield await look('key', `${side} signer`, () => roleOf(attesting, side, states[side]));
    }
    const uris = payingKeysOf(config);
    const payers: Signer[] = [];
    const partOf = (index: number): string => (uris.length === 1 ? 'paying key' : `paying key ${index + 1}`);
    for (const [index, uri] of uris.entries()) {
      if (uri === config.key) {
        if (signer !== undefined) payers.push(signer);
        continue;
      }
      yield await look(partOf(index), 'signs', async () => {
        const payer = await open(uri);
        payers.push(payer);
        return signs(payer, uri);
      });
    }
    if (uris.includes(config.key)) {
      yield await look('paying key', 'apart', () =>
        warn(
          'the key that attests pays for transactions, too',
          'set payingKey: an account in daily use is better another one',
        ),
      );
    }
    for (const [index, payer] of payers.entries()) {
      for (const side of sides) yield await look(partOf(index), `${side} funds`, () => fundsOf(chains[side], payer));
    }
    const { queue } = config;
    if (attesting !== undefined && queue !== undefined && config.name !== '' && payers.length === uris.length) {
      const shards = payers.map(({ address }) => address);
      yield await look('queue', 'processes', () => processes(config, queue, attesting.address, shards));
    }
  } finally {
    ending.abort();
    await Promise.all(opened.map((one) => one.close()));
  }
}

/** The processes of this signer, with the shards that they hold. */
async function processes(
  { listen }: Pick<Config, 'listen'>,
  url: string,
  signer: Address,
  shards: readonly Address[],
): Promise<Outcome> {
  const picture = await readShards(url, signer, shards);
  const silent = await Promise.all(
    picture.members.map(async (member) => ('error' in (await ask(member.url, '/v1/bridges')) ? [member] : [])),
  );
  const isRunning = picture.members.length === 0 && !('error' in (await ask(localUrl(listen.public), '/v1/bridges')));
  return processesOf(picture, silent.flat(), isRunning);
}

/**
 * @param silent Processes that do not answer at the URL that they have published.
 * @param isRunning True if the configuration's own process answers.
 */
export function processesOf(
  { members, shards: held }: Pick<Picture, 'members' | 'shards'>,
  silent: readonly Pick<Entry, 'id' | 'url'>[],
  isRunning = false,
): Outcome {
  const nameOf = (holder: string | undefined): string => holder ?? 'no process';
  const text = held.map(({ shard, holder }) => `${shard} by ${nameOf(holder)}`).join(', ');
  if (members.length === 0 && !isRunning) return ok('none runs');
  if (members.length === 0) {
    return warn(
      `${text}; this process runs and takes no part`,
      'a process that cannot open a shard leaves all of them to the others for 30 s: `shard not opened` in its log has the reason',
    );
  }
  const words = `${members.length}: ${text}`;
  if (silent.length > 0) {
    const names = silent.map(({ id, url }) => `${id} at ${url}`).join(', ');
    return warn(
      `${words}; no answer of ${names}`,
      'the processes pass requests on to one another: let them reach these URLs, or set listen.forwardUrl',
    );
  }
  return held.some(({ holder }) => holder === undefined)
    ? warn(words, 'a shard without a process is taken within 10 s: run this again, then see the logs of the processes')
    : ok(words);
}

async function signs(signer: Signer, uri: string): Promise<Outcome> {
  const began = performance.now();
  const signature: Hex = compactSignature(await signer.sign(probe));
  const milliseconds = Math.round(performance.now() - began);
  const recovered = await recoverSigner(keccak256(probe), signature);
  if (recovered !== signer.address)
    return bad(`its signatures recover to ${recovered ?? 'no address'}`, 'replace the key store');
  return ok(`${signer.address} by ${redactKeyUri(uri).split(':')[0] ?? ''}, ${milliseconds} ms a signature`);
}

function roleOf({ address }: Signer, side: Side, { signers }: BridgeState): Outcome {
  const index = signers.indexOf(address);
  if (index >= 0) return ok(`signer ${index} of the ${side} bridge`);
  const hint = 'it only observes until governance adds it; or the configuration names another key';
  return bad(`${address} is not a signer of the ${side} bridge`, hint);
}

async function fundsOf({ nodes }: ChainClient, { address }: Signer): Promise<Outcome> {
  const [balance, latest] = await Promise.all([
    nodes.one<Hex>('eth_getBalance', [address, 'latest']).then(BigInt),
    nodes.one<{ readonly baseFeePerGas?: Hex }>('eth_getBlockByNumber', ['latest', false]),
  ]);
  const free = latest.baseFeePerGas !== undefined && BigInt(latest.baseFeePerGas) === 0n;
  const gasPrice = free ? 0n : BigInt(await nodes.one<Hex>('eth_gasPrice', []));
  if (gasPrice === 0n) return ok(`${address} has ${tokens(balance, 18)} coins; gas is free`);
  const left = transfersLeft({ balance, gasPrice });
  const found = `${address} has ${tokens(balance, 18)} coins, for ${tokens(BigInt(Math.floor(left)), 0)} transfers at today’s price`;
  if (isLow({ balance, gasPrice })) return bad(found, 'send coins to it');
  return left < FEW ? warn(found, `send coins to it: fewer than ${FEW} transfers are left`) : ok(found);
}
