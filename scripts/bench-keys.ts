// `npm run bench:keys [-- --seconds N] [-- --json]`: signatures per second of each back end. Local servers in a
// separate process replace Web3Signer and AWS KMS; the HSM is SoftHSM, in this process.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { hexToBytes } from 'viem';
import { generatePrivateKey } from 'viem/accounts';

import { createKeystoreFile } from '../relayer/keys/keystore.ts';
import { generateHsmKey } from '../relayer/keys/pkcs11/ec-key.ts';
import { openSigner } from '../relayer/keys/open-signer.ts';
import type { Signer } from '../relayer/keys/signer.ts';
import { makeSoftHsm } from '../test/hsm/softhsm.ts';
import { credentials, startKms } from '../test/relayer/keys/kms-server.ts';
import { startWeb3Signer } from '../test/relayer/keys/web3signer-server.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    serve: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
if (!(seconds > 0 && seconds <= 600)) {
  console.error('--seconds: expected a number above 0 and at most 600');
  process.exit(2);
}

/** Typical number of concurrent signatures of a busy relayer. */
const atOnce = 16;

interface Figure {
  readonly backEnd: string;
  /** By wall-clock time. */
  readonly perSecond: number;
  /** By CPU time of this process alone: the throughput of one core of the relayer's machine. */
  readonly perCoreSecond: number;
}

async function measure(backEnd: string, signer: Signer): Promise<Figure> {
  let signed = 0;
  const work = async (until: number): Promise<void> => {
    while (performance.now() < until) {
      await signer.sign(`0x${(0x10_00_00 + signed).toString(16)}`);
      signed += 1;
    }
  };
  const all = (limit: number) =>
    Promise.all(Array.from({ length: atOnce }, () => work(performance.now() + limit * 1000)));
  await all(0.5);

  signed = 0;
  const started = performance.now();
  const before = process.cpuUsage();
  await all(seconds);
  const { user, system } = process.cpuUsage(before);
  const wall = (performance.now() - started) / 1000;
  await signer.close();
  return { backEnd, perSecond: signed / wall, perCoreSecond: signed / ((user + system) / 1e6) };
}

/** Runs this file again as a server process, so that its work is not counted as the relayer's. */
async function withServer<T>(kind: string, work: (served: { uri: string }) => Promise<T>): Promise<T> {
  const child = fork(import.meta.filename, ['--serve', kind], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    const [served] = (await once(child, 'message')) as [{ uri: string }];
    return await work(served);
  } finally {
    child.disconnect();
    await once(child, 'exit');
  }
}

async function serve(kind: string): Promise<void> {
  const web3signer = kind === 'web3signer' ? await startWeb3Signer() : undefined;
  const kms = kind === 'awskms' ? await startKms() : undefined;
  process.send?.({
    uri:
      web3signer === undefined
        ? `awskms:${kms?.keyId}?endpoint=${kms?.url}`
        : `web3signer:${web3signer.url}?address=${web3signer.address}`,
  });
  await once(process, 'disconnect');
  await web3signer?.stop();
  await kms?.stop();
}

function hasSoftHsm(): boolean {
  try {
    execFileSync('softhsm2-util', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function benchHsm(): Promise<Figure[]> {
  if (!hasSoftHsm()) {
    console.error('pkcs11: skipped: requires softhsm2 (npm run setup)');
    return [];
  }
  const hsm = makeSoftHsm();
  try {
    await generateHsmKey(hsm.uri('bench'), { allowPlain: false });
    return [await measure('pkcs11 (SoftHSM)', await openSigner(hsm.uri('bench'), { allowPlain: false }))];
  } finally {
    hsm.remove();
  }
}

async function benchKeystore(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-bench-keys-'));
  try {
    const file = join(folder, 'key.json');
    await createKeystoreFile(file, hexToBytes(generatePrivateKey()), 'bench');
    const password = () => Promise.resolve('bench');
    return await measure(
      'keystore, envelope, plain',
      await openSigner(`keystore:${file}`, { allowPlain: false, password }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A key with a latency of 100 ms and four concurrent signatures, like an HSM with four sessions. */
async function benchSlow(): Promise<Figure> {
  const inner = await openSigner(`plain:${generatePrivateKey()}`, { allowPlain: true });
  let turns: Promise<unknown>[] = [];
  const signer: Signer = {
    address: inner.address,
    sign: async (preimage) => {
      while (turns.length >= 4) await Promise.race(turns);
      const turn = new Promise((resolve) => setTimeout(resolve, 100)).finally(
        () => (turns = turns.filter((each) => each !== turn)),
      );
      turns.push(turn);
      await turn;
      return inner.sign(preimage);
    },
    close: () => inner.close(),
  };
  return measure('100 ms a signature, 4 at once', signer);
}

if (values.serve !== undefined) {
  await serve(values.serve);
} else {
  process.env.AWS_ACCESS_KEY_ID = credentials.id;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secret;
  const figures = [await benchKeystore(), ...(await benchHsm())];
  for (const kind of ['web3signer', 'awskms']) {
    const figure = await withServer(kind, async ({ uri }) =>
      measure(kind, await openSigner(uri, { allowPlain: false })),
    );
    figures.push(figure);
  }
  figures.push(await benchSlow());

  if (values.json) console.log(JSON.stringify(figures));
  else {
    console.log('back end                        signatures a second   a second of one core');
    for (const { backEnd, perSecond, perCoreSecond } of figures) {
      console.log(
        `${backEnd.padEnd(30)} ${perSecond.toFixed(0).padStart(20)} ${perCoreSecond.toFixed(0).padStart(22)}`,
      );
    }
  }
}
