import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { after, afterEach, before, beforeEach, describe, it, mock } from 'node:test';

import { attend } from '../../cli/attend.ts';
import { type Attention, type Io, whileBusy } from '../../cli/io.ts';
import { openOutput } from '../../cli/output.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { pair } from '../relayer/support.ts';

describe('a command that a person waits for', () => {
  let stopping: AbortController;
  let written: string[];
  let io: Io;
  const never = new Promise<never>(() => undefined);
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
    let now = 0;
    mock.method(performance, 'now', () => now);
    passes = (seconds) => {
      for (let tick = 0; tick < seconds * 4; tick++) {
        now += 250;
        mock.timers.tick(250);
      }
    };
    stopping = new AbortController();
    written = [];
    const stderr = Object.assign(new PassThrough(), { isTTY: true });
    stderr.setEncoding('utf8').on('data', (text: string) => written.push(text));
    const quiet = {
      ...{ stdin: new PassThrough(), stdout: new PassThrough(), env: {} },
      ...{ onHangup: () => undefined, onUncaught: () => undefined },
    };
    io = { ...quiet, stderr, signal: stopping.signal };
  });
  afterEach(() => mock.restoreAll());
  afterEach(() => mock.timers.reset());
  let passes: (seconds: number) => void;

  const start = (work: (io: Io) => unknown, attention?: Attention) => {
    const ended = attend(work, io, attention);
    ended.catch(() => undefined);
    return ended;
  };
  /** Starts work that does not end. */
  const begin = (work: (io: Io) => unknown, attention?: Attention): void => {
    start(work, attention).catch(() => undefined);
  };
  const interrupted = (ended: Promise<unknown>, hint: RegExp) =>
    assert.rejects(ended, (error: unknown) => {
      assert.ok(error instanceof PegwayError);
      assert.deepEqual([error.message, error.exitCode], ['interrupted', 130]);
      assert.match(error.hint ?? '', hint);
      return true;
    });

  it('announces what it waits for after two seconds, and again every ten', () => {
    begin(() => never, { waits: 'both bridges' });
    passes(1.75);
    assert.deepEqual(written, []);
    passes(0.5);
    assert.deepEqual(written, ['waiting for both bridges (2 s)\n']);
    passes(9);
    assert.equal(written.length, 1);
    passes(1);
    assert.deepEqual(written.slice(1), ['waiting for both bridges (12 s)\n']);
  });

  it('counts from its last output, and is silent during prompts and waits that it announces itself', () => {
    begin(async (attended) => {
      const output = openOutput(false, attended);
      setTimeout(() => output.say('step 1'), 1_500);
      await whileBusy(attended, () => never);
    });
    passes(30);
    assert.deepEqual(written, ['step 1\n']);
  });

  it('announces nothing of a command that runs until it is stopped', () => {
    begin(() => never, { waits: false });
    passes(30);
    assert.deepEqual(written, []);
  });

  it('announces nothing where no person looks', () => {
    Object.assign(io.stderr, { isTTY: false });
    begin(() => never);
    passes(30);
    assert.deepEqual(written, []);
  });

  it('ends at Ctrl-C, with what it leaves', async () => {
    const ended = start(() => never, { leaves: 'half of it; run it again' });
    stopping.abort();
    await interrupted(ended, /^half of it; run it again$/);
    await interrupted(
      attend(() => never, io),
      /nothing was changed/,
    );
  });

  it('leaves its end to a command that reads the signal itself', async () => {
    const ended = start(async ({ signal }) => {
      await once(signal, 'abort');
      return 7;
    });
    stopping.abort();
    assert.equal(await ended, 7);
  });

  it('returns or throws what the command does', async () => {
    assert.equal(await attend(() => 3, io), 3);
    await assert.rejects(
      attend(() => Promise.reject(new Error('it failed')), io),
      /it failed/,
    );
    await assert.rejects(
      attend(() => {
        throw new Error('it failed at once');
      }, io),
      /it failed at once/,
    );
  });
});

describe('Ctrl-C, while a node hangs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-interrupt-'));
  let node: Server;
  let asked: Promise<unknown>;
  let url: string;
  before(async () => {
    node = createServer(() => undefined);
    await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(node.address() as AddressInfo).port}`;
  });
  after(() => {
    node.closeAllConnections();
    node.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => void (asked = once(node, 'request')));

  const interrupts = async (...args: readonly string[]) => {
    const child = spawn(process.execPath, ['cli/pegway.ts', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const ended = once(child, 'exit');
    await Promise.race([asked, ended.then(() => assert.fail(`it ended before it was interrupted: ${stderr}`))]);
    child.kill('SIGINT');
    const [status, signal] = (await ended) as [number | null, string | null];
    assert.deepEqual([status, signal], [130, null]);
    return stderr;
  };
  const configured = (): string => {
    const file = join(folder, 'relayer.json');
    const side = { rpcUrls: [url], requestTimeoutSeconds: 300 };
    const config = {
      ...{ main: { ...pair.main, ...side }, product: { ...pair.product, ...side }, peers: [], dataDir: folder },
      ...{ key: 'keystore:key.json', listen: { public: '127.0.0.1:9', private: '127.0.0.1:9' } },
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  };

  it('ends an audit, which changed nothing', async () => {
    assert.match(await interrupts('audit', '--config', configured()), /interrupted\n {2}→ nothing was changed/);
  });

  it('ends a submission of proposals, and names what may have been sent', async () => {
    const payer = ['--payer', `plain:0x${'01'.repeat(32)}`];
    const stderr = await interrupts('governance', 'execute', '--config', configured(), ...payer);
    assert.match(stderr, /interrupted\n {2}→ what was sent stays on the chains; run the command again/);
  });
});
