import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';

import { parseConfig } from '../../relayer/config.ts';

const dockerfile = readFileSync('ops/docker/Dockerfile', 'utf8');
const instructions = DockerfileParser.parse(dockerfile)
  .getInstructions()
  .map((instruction) => ({
    keyword: instruction.getKeyword(),
    text: instruction.getRawArgumentsContent() ?? '',
    words: instruction.getArguments().map((argument) => argument.getValue()),
  }));
const secondFrom = instructions.findLastIndex(({ keyword }) => keyword === 'FROM');
const building = instructions.slice(1, secondFrom);
const final = instructions.slice(secondFrom + 1);
const listOf = (keyword: string) =>
  JSON.parse(final.findLast((one) => one.keyword === keyword)?.text ?? '[]') as string[];

describe('the Dockerfile', () => {
  it('holds no instruction that Docker does not know or advises against', () => {
    assert.deepEqual(validate(dockerfile), []);
  });

  it('ends as a user without a name for root, and copies only what its ignore file lets in', () => {
    assert.equal(final.findLast(({ keyword }) => keyword === 'USER')?.text, '10001:10001');
    const allowed = readFileSync('ops/docker/Dockerfile.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const { keyword, words } of instructions) {
      if (keyword !== 'COPY' || words[0]?.startsWith('/') === true) continue;
      for (const source of words.slice(0, -1)) {
        assert.ok(existsSync(source), `${source} is not there`);
        assert.ok(allowed.includes(source), `${source} is ignored`);
      }
    }
  });
});

/**
 * Secrets that a signer may have left in a checkout: at the paths of earlier Compose files, and beside build outputs.
 */
const planted = ['ops/docker/secrets/attest-password', 'ops/docker/secrets/attest.json', 'attest.json', '.env'];

/**
 * Stands in for `npm ci`, which takes longer than all other steps: links the packages of this checkout, which `npm ci`
 * installed from the same package-lock.json.
 */
function installedPackages(folder: string): void {
  // Later steps delete packages and their files. Hard links leave those of the checkout alone.
  const link = ['-a', ...(statSync('.').dev === statSync(folder).dev ? ['-l'] : [])];
  execFileSync('cp', [...link, 'node_modules', folder]);
  // npm overwrites this file instead of replacing it.
  const record = 'node_modules/.package-lock.json';
  rmSync(join(folder, record));
  cpSync(record, join(folder, record));
}

/** Runs without a container engine: executes the Dockerfile's instructions in a folder, step by step. */
describe('what the Dockerfile builds', () => {
  let folder: string;
  let checkout: string;
  let image: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pegway-image-'));
    checkout = join(folder, 'checkout');
    for (const part of [
      'protocol',
      'relayer',
      'sdk',
      'cli',
      'scripts',
      'ops',
      ...globSync('{package*,tsconfig*}.json'),
      '.npmrc',
      '.gitignore',
    ])
      cpSync(part, join(checkout, part), { recursive: true });
    for (const file of planted) {
      mkdirSync(dirname(join(checkout, file)), { recursive: true });
      writeFileSync(join(checkout, file), 'planted');
    }
    const source = join(folder, 'src');
    mkdirSync(source);
    const copy = (from: readonly string[], to: string, base: string, target: string) => {
      for (const file of from) {
        const into = to.endsWith('/') || to === './' ? join(target, to, basename(file)) : join(target, to);
        mkdirSync(dirname(into), { recursive: true });
        cpSync(join(base, file), into, { recursive: true });
      }
    };
    for (const { keyword, text, words } of building) {
      if (keyword === 'RUN' && text.startsWith('npm ci')) installedPackages(source);
      // The packages from apt-get are on this machine already.
      else if (keyword === 'RUN' && !text.startsWith('apt-get')) {
        execFileSync('sh', ['-c', text.replaceAll('\\\n', '')], { cwd: source, stdio: ['ignore', 'ignore', 'pipe'] });
      } else if (keyword === 'COPY') copy(words.slice(0, -1), words.at(-1) ?? '', checkout, source);
    }
    image = join(folder, 'image');
    mkdirSync(image);
    for (const { keyword, words } of final) {
      if (keyword !== 'COPY') continue;
      const [from = '', to = ''] = words.slice(-2);
      copy([from.replace('/src/', '')], to, from.startsWith('/src/') ? source : checkout, image);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: readonly string[]) => {
    const [node = '', script = ''] = listOf('ENTRYPOINT');
    assert.equal(node, 'node');
    const inside = join(image, script.replace('/opt/pegway/', ''));
    // As in a container: with an empty environment, and as another user where permitted.
    const user = process.getuid?.() === 0 ? { uid: 10_001, gid: 10_001 } : {};
    return spawnSync(process.execPath, [inside, ...args], { encoding: 'utf8', env: {}, cwd: '/', ...user });
  };

  before(() => {
    execFileSync('chmod', ['-R', 'a=rX', image]);
    execFileSync('chmod', ['a+rx', folder]);
  });

  it('holds nothing that a signer left in the checkout; neither has the package, nor git', () => {
    const left = planted.flatMap((file) => globSync(`**/${basename(file)}`, { cwd: image }));
    assert.deepEqual(left, []);
    const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      ...{ cwd: checkout, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    });
    const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
    const packed = files.map(({ path }) => path);
    assert.ok(packed.includes('ops/docker/compose.yaml'));
    assert.deepEqual(
      packed.filter((path) => planted.includes(path)),
      [],
    );
    const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: checkout, encoding: 'utf8' });
    git('init', '--quiet');
    assert.match(git('status', '--porcelain', '--untracked-files=all'), /ops\/docker\/compose\.yaml/);
    assert.doesNotMatch(git('status', '--porcelain', '--untracked-files=all'), /secrets/);
  });

  it('starts, and says its version', () => {
    const { stdout, stderr } = run('--version');
    assert.equal(stdout.trim(), '0.1.0', stderr);
  });

  it('ends with 2 and the name of its configuration, as it was told to start', () => {
    const { status, stderr } = run(...listOf('CMD'));
    assert.equal(status, 2, stderr);
    assert.match(stderr, /\/etc\/pegway\/relayer\.json/);
  });

  it('is small: its files are at most 150 MB, and hold no compiler, no chain and no test', () => {
    const [kilobytes = ''] = execFileSync('du', ['-sk', image], { encoding: 'utf8' }).split('\t');
    assert.ok(Number(kilobytes) <= 150_000, `${kilobytes} kB`);
    for (const name of ['typescript', '@foundry-rs', 'hardhat', 'oxlint'])
      assert.equal(existsSync(join(image, 'node_modules', name)), false, name);
  });

  it('is not healthy while nothing answers', () => {
    const { text } = final.findLast(({ keyword }) => keyword === 'HEALTHCHECK') ?? { text: '' };
    const [, ...args] = JSON.parse(/\[.*\]/.exec(text)?.[0] ?? '[]') as string[];
    const { status } = spawnSync(
      process.execPath,
      args.map((one) => one.replace('7400', '1')),
    );
    assert.equal(status, 1);
  });
});

describe('the Compose file', () => {
  const compose = parse(readFileSync('ops/docker/compose.yaml', 'utf8')) as {
    services: Record<
      string,
      {
        read_only: boolean;
        cap_drop: string[];
        ports?: string[];
        command: string[];
        volumes?: string[];
        secrets?: string[];
      }
    >;
    secrets: Record<string, { file: string }>;
  };
  /** Stylistic rules: key order, quotes. A built image gets its name from `image`. */
  const taste = new Set([
    'service-keys-order',
    'services-alphabetical-order',
    'no-quotes-in-volumes',
    'no-build-and-image',
  ]);

  it('is one by the Compose specification', () => {
    const { stdout } = spawnSync('dclint', ['--formatter', 'json', 'ops/docker/compose.yaml'], { encoding: 'utf8' });
    const [{ messages }] = JSON.parse(stdout) as [{ messages: { rule: string; message: string }[] }];
    assert.deepEqual(
      messages.filter(({ rule }) => !taste.has(rule)),
      [],
    );
  });

  it('gives no service a root to write to or a right, and no port but to this host', () => {
    for (const [name, { read_only, cap_drop, ports = [] }] of Object.entries(compose.services)) {
      assert.equal(read_only, true, name);
      assert.deepEqual(cap_drop, ['ALL'], name);
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
    }
  });

  it('mounts what is there, and names every secret', () => {
    for (const { volumes = [], secrets = [] } of Object.values(compose.services)) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) assert.ok(existsSync(join('ops/docker', source)), source);
      }
      for (const secret of secrets) assert.ok(secret in compose.secrets, secret);
    }
  });

  it('takes no secret out of the checkout', () => {
    for (const [name, { file }] of Object.entries(compose.secrets))
      assert.equal(file, `\${PEGWAY_SECRETS:-/etc/pegway}/${name}`);
  });

  it('starts Redis as BullMQ needs it', () => {
    const command = compose.services['redis']?.command.join(' ') ?? '';
    assert.match(command, /--maxmemory-policy noeviction/);
  });

  it('gives Prometheus a configuration that it takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pegway-compose-'));
    cpSync('ops/docker/prometheus.yml', join(folder, 'prometheus.yml'));
    cpSync('ops/prometheus/rules', join(folder, 'rules'), { recursive: true });
    const said = execFileSync('promtool', ['check', 'config', join(folder, 'prometheus.yml')], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    assert.match(said, /2 rule files found/);
  });

  it('tells of a configuration that the relayer takes', () => {
    const lines = readFileSync('ops/docker/compose.yaml', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('# In relayer.json') || line.startsWith('# and'))
      .join('');
    const said = /"listen": \{.*?\}, "dataDir": "[^"]+", "queue": "[^"]+"/.exec(lines)?.[0] ?? '';
    const key = /keystore:[^"]+/.exec(lines)?.[0] ?? '';
    const chain = (chainId: number) => ({ chainId, bridge: `0x${'11'.repeat(20)}`, rpcUrls: ['http://node:8545'] });
    const file = { ...(JSON.parse(`{${said}}`) as object), key, main: chain(1), product: chain(2) };
    assert.equal(parseConfig(file, {}, '/run/secrets').queue, 'redis://redis:6379');
  });
});
