import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { type Address, parseEther, toHex } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { type Chain, call, keepTime, startChain } from '../../cli/devnet/anvil.ts';
import { type Child, watchChild } from '../../cli/devnet/child.ts';
import { newKeys } from '../../cli/devnet/devnet-fleet.ts';
import { type Holder, holderOf } from '../../cli/devnet/devnet-holder.ts';
import { freePorts } from '../../cli/devnet/free-ports.ts';
import { type QueueServer, startQueueServer } from '../../cli/devnet/queue-server.ts';
import { demoTokenAbi } from '../../cli/devnet/demo-tokens.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { createKeystoreFile } from '../../relayer/keys/keystore.ts';
import { generateHsmKey } from '../../relayer/keys/pkcs11/ec-key.ts';
import { deposit, status } from '../../sdk/index.ts';
import type { StatusView } from '../../protocol/api-types.ts';
import { anvilKey, deployTestBridge } from '../support/bridge.ts';
import { pegwayProcess } from '../support/cli.ts';
import { startRelayerProcess } from '../support/relayer.ts';
import { type Secrets, contentOf, secretsIn } from '../support/secrets.ts';
import { eventually } from '../support/wait.ts';
import { makeSoftHsm, pin } from './softhsm.ts';

const hsm = makeSoftHsm();
const folder = mkdtempSync(join(tmpdir(), 'pegway-relayers-'));
const [attesting, paying] = newKeys(2);
if (attesting === undefined || paying === undefined) throw new Error('no keys');

/** Secrets that must never appear, and wrong ones that are tried. */
const secrets = {
  PIN: { text: pin },
  'wrong PIN': { text: 'a wrong PIN "of" the test' },
  'attesting password': { text: 'the first password & of the test' },
  'paying password': { text: 'the second password / of the test' },
  'wrong password': { text: 'a wrong password of the test' },
  'attesting key': { key: attesting.privateKey },
  'paying key': { key: paying.privateKey },
} as const satisfies Secrets;

interface Signer {
  readonly name: string;
  readonly config: ConfigFile & { readonly key: string };
  readonly file: string;
  readonly dataDir: string;
  readonly logFile: string;
}

/** Two signers with a quorum of two: one with a key in an HSM, one with two in keystores. */
describe('relayers with keys in an HSM and in keystores', () => {
  const chains: Chain[] = [];
  const others: Child[] = [];
  const relayers: Child[] = [];
  let signers: { readonly hsm: Signer; readonly keystores: Signer };
  let holder: Holder;
  let productToken: Address;

  before(async () => {
    const start = async (chainId: number) => {
      const chain = await startChain({ chainId, free: false, logFile: join(folder, `chain-${chainId}.log`) });
      chains.push(chain);
      return chain;
    };
    const [main, product] = [await start(43_337), await start(43_338)];
    const hsmKey = hsm.uri('attest').replace(/pin-source=.*/, `pin-value=${encodeURIComponent(pin)}`);
    const unasked = { allowPlain: false, password: () => Promise.reject(new Error('must not be asked')) };
    const hsmAddress = await generateHsmKey(hsmKey, unasked);
    const bridge = await deployTestBridge({ main, product }, [hsmAddress, attesting.address], 2);
    [productToken = '0x'] = bridge.productTokens;
    for (const { rpcUrl } of chains) {
      for (const account of [hsmAddress, paying.address]) {
        await call(rpcUrl, 'anvil_setBalance', account, toHex(parseEther('10')));
      }
    }

    const described = (chain: Chain, address: Address) => ({
      ...{ chainId: chain.chainId, rpcUrl: chain.rpcUrl, bridge: address },
    });
    const pair = { main: described(main, bridge.mainBridge), product: described(product, bridge.productBridge) };
    holder = holderOf(pair, anvilKey);
    const { reader, writer, bridge: mainBridge } = holder.main;
    const peg = { address: mainBridge, abi: mainBridgeAbi, functionName: 'peg', args: [productToken] } as const;
    const { mainToken } = await reader.readContract(peg);
    const mint = { abi: demoTokenAbi, functionName: 'mint', args: [holder.address, parseEther('100')] } as const;
    const hash = await writer.writeContract({ address: mainToken, ...mint });
    await reader.waitForTransactionReceipt({ hash });
    for (const chain of chains) await keepTime(chain, 1);

    const queue: QueueServer = await startQueueServer(folder, { redisUrl: undefined, own: 'best' }, (child) =>
      others.push(child),
    );
    const keystore = async (name: 'attesting' | 'paying', key: typeof attesting) => {
      const password = secrets[`${name} password`].text;
      writeFileSync(join(folder, `${name}-password`), `${password}\n`, { mode: 0o600 });
      const bytes = Buffer.from(key.privateKey.slice(2), 'hex');
      await createKeystoreFile(join(folder, `${name}.json`), bytes, password, { n: 1_024 });
      return `keystore:../${name}.json?password-file=../${name}-password`;
    };
    const ports = await freePorts(4);
    const side = ({ rpcUrl, ...rest }: (typeof pair)['main']) => ({ ...rest, rpcUrls: [rpcUrl] });
    const signer = (name: string, [publicPort, privatePort]: number[], keys: Pick<ConfigFile, 'key' | 'payingKey'>) => {
      const own = join(folder, name);
      mkdirSync(own);
      const config: ConfigFile = {
        ...keys,
        main: side(pair.main),
        product: side(pair.product),
        // Without peers, both signers sign, and both submit.
        peers: [],
        listen: { public: `127.0.0.1:${publicPort}`, private: `127.0.0.1:${privatePort}` },
        queue: queue.url,
        dataDir: 'data',
        ...{ turnSeconds: 1, fallbackSeconds: 2, sweepSeconds: 2, log: 'trace' as const },
      };
      const file = join(own, 'relayer.json');
      writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
      return { name, config, file, dataDir: join(own, 'data'), logFile: join(own, 'relayer.log') };
    };
    signers = {
      hsm: signer('hsm', ports.slice(0, 2), { key: hsmKey }),
      keystores: signer('keystores', ports.slice(2), {
        key: await keystore('attesting', attesting),
        payingKey: await keystore('paying', paying),
      }),
    };
  });
  after(async () => {
    for (const child of [...relayers, ...others, ...chains]) await child.stop();
    rmSync(folder, { recursive: true, force: true });
    hsm.remove();
  });

  /** The full output of the two ports. */
  const answers = async ({ config }: Signer): Promise<string> => {
    const transfer = `/v1/transfers/mint/${productToken}/0`;
    const paths = ['/v1/status', '/v1/pegs', `/v1/pegs/${productToken}/history`, '/v1/transfers', transfer];
    const { public: open, private: own } = config.listen ?? {};
    const asked = [
      ...[...paths, '/v1/governance', '/v1/nothing'].map((path) => fetch(`http://${open}${path}`)),
      fetch(`http://${open}/v1/attestations`, { method: 'POST', body: '{}' }),
      ...['/metrics', '/health/live', '/health/ready'].map((path) => fetch(`http://${own}${path}`)),
    ];
    const said = await Promise.all(asked.map(async (answer) => (await answer).text()));
    return said.join('\n');
  };
  const problemsOf = async ({ config }: Signer) => {
    const response = await fetch(`http://${config.listen?.public}/v1/status`);
    return ((await response.json()) as StatusView).problems;
  };
  const none: string[] = [];
  const assertSilent = async (signer: Signer) => {
    assert.deepEqual(secretsIn(await answers(signer), secrets), none);
  };
  const arrives = (nonce: bigint) =>
    eventually('the deposit arrives', async () => {
      return (await status(holder.product, { productToken, nonce })) === 'executed';
    });
  const depart = () => deposit(holder.main, { productToken, amount: parseEther('1'), recipient: holder.address });

  it('end with status 2, and name what is wrong and not the secret, with a wrong PIN or password', async () => {
    const wrongFile = join(folder, 'wrong-password');
    writeFileSync(wrongFile, `${secrets['wrong password'].text}\n`, { mode: 0o600 });
    const { key: hsmKey } = signers.hsm.config;
    const { key, payingKey = '' } = signers.keystores.config;
    const wrongPin = hsmKey.replace(/pin-value=[^&]*/, `pin-value=${encodeURIComponent(secrets['wrong PIN'].text)}`);
    const withWrong = (uri: string) => uri.replace(/password-file=.*/, `password-file=${wrongFile}`);
    for (const [signer, keys, message] of [
      [signers.hsm, { key: wrongPin }, /wrong PIN for token "pegway"/],
      [signers.keystores, { key: withWrong(key) }, /wrong password for .*attesting\.json/],
      [signers.keystores, { payingKey: withWrong(payingKey) }, /wrong password for .*paying\.json/],
    ] as const) {
      const file = join(signer.file, '..', 'wrong.json');
      writeFileSync(file, JSON.stringify({ ...signer.config, ...keys }));
      const { status, stdout, stderr } = await pegwayProcess('relayer', '--config', file);
      assert.match(stderr, message);
      assert.equal(status, 2);
      assert.deepEqual(secretsIn(stdout + stderr, secrets), none);
    }
  });

  it('carry a deposit by signatures of each', async () => {
    for (const { name, file, logFile } of Object.values(signers)) {
      relayers.push(watchChild(name, await startRelayerProcess(file), logFile));
    }
    const { nonce } = await depart();
    await arrives(nonce);
    for (const signer of Object.values(signers)) await assertSilent(signer);
  });

  it('say that the HSM is not there while it is unplugged, and go on when it is back', async () => {
    renameSync(hsm.tokens, `${hsm.tokens}.away`);
    const { nonce } = await depart();
    const problem = await eventually('it is told of', async () =>
      (await problemsOf(signers.hsm)).find(({ part }) => part === 'attest key'),
    );
    await assertSilent(signers.hsm);
    renameSync(`${hsm.tokens}.away`, hsm.tokens);
    assert.match(problem.code, /key-failed|token-not-there/);
    await arrives(nonce);
  });

  it('never write a PIN, a password or a private key into a log or their data folders', async () => {
    const running = Object.values(signers).map(({ dataDir }) => contentOf(dataDir));
    for (const relayer of relayers) await relayer.stop();
    for (const [index, { dataDir, logFile }] of Object.values(signers).entries()) {
      const recorded = Buffer.concat([running[index]!, contentOf(dataDir)]);
      const log = readFileSync(logFile);
      assert.ok(log.includes('relayer started'));
      assert.ok(recorded.includes(holder.address.slice(2).toLowerCase()), 'what it signed is in its data folder');
      for (const content of [log, recorded]) {
        assert.deepEqual(secretsIn(content, secrets), none);
      }
    }
  });

  it('were looked through by a search that finds what is there', () => {
    const plain = newKeys(1)[0]!.privateKey;
    const known = { ...secrets, plain: { key: plain } };
    assert.deepEqual(secretsIn(readFileSync(signers.hsm.file), known), ['PIN']);
    assert.deepEqual(secretsIn(contentOf(folder), known).includes('attesting password'), true);
    for (const text of [plain, plain.toUpperCase(), Buffer.from(plain.slice(2), 'hex').toString('base64')]) {
      assert.deepEqual(secretsIn(`{"key":"${text}"}`, known), ['plain']);
    }
  });
});
