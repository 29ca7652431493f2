import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { Ajv } from 'ajv';
import { parse, parseAllDocuments } from 'yaml';

import { parseProcessConfig } from '../../relayer/config.ts';

const chart = 'ops/helm/pegway';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly selector?: Readonly<Record<string, unknown>> & { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly publishNotReadyAddresses?: boolean;
    readonly template?: { readonly metadata: Manifest['metadata']; readonly spec: Record<string, unknown> };
  };
}

const config = {
  main: { chainId: 1, bridge: `0x${'11'.repeat(20)}`, rpcUrls: ['http://main:8545'] },
  product: { chainId: 4242, bridge: `0x${'22'.repeat(20)}`, rpcUrls: ['http://product:8545'] },
  key: 'keystore:/run/secrets/pegway/attest.json?password-file=/run/secrets/pegway/password',
};
const least = { secretName: 'keys', config };
const most = {
  ...least,
  standby: true,
  config: { ...config, queue: 'redis://redis:6379' },
  imagePullSecrets: [{ name: 'pull' }],
  podMonitor: { enabled: true, bridge: 'boat', labels: { release: 'monitoring' } },
  persistence: { storageClassName: 'fast' },
  listenHost: '[::]',
  service: { annotations: { 'example.org/a': 'b' }, ipFamilyPolicy: 'PreferDualStack' },
  serviceAccount: { name: 'signer' },
  env: [{ name: 'AWS_REGION', value: 'eu-central-1' }],
  podAnnotations: { 'example.org/c': 'd' },
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'signer', operator: 'Exists' }],
};

const chainOf = ({ chainId, rpcUrls }: typeof config.main) => ({ chainId, rpcUrls });
/** Three processes that share the shards of several bridges. */
const several = {
  secretName: 'keys',
  processes: 3,
  config: {
    chains: { ethereum: chainOf(config.main), boats: chainOf(config.product) },
    bridges: {
      boat: {
        main: { chain: 'ethereum', bridge: config.main.bridge },
        product: { chain: 'boats', bridge: config.product.bridge },
      },
    },
    shards: [{ payingKey: config.key }, { payingKey: config.key.replace('attest', 'pay') }],
    ...{ key: config.key, queue: 'redis://redis:6379' },
  },
};

/** With Helm's template engine and functions, from Debian's packages. */
function render(values: unknown): readonly Manifest[] {
  const text = execFileSync('go', ['run', 'test/packaging/render.go', chart, 'signer-a'], {
    input: JSON.stringify(values),
    encoding: 'utf8',
    env: { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' },
  });
  return parseAllDocuments(text).flatMap((document) => {
    assert.deepEqual(document.errors, []);
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}

/** Where TypeScript finds each kind; the compiler refuses a field that Kubernetes does not know, as it does a wrong type. */
const typesOf: Readonly<Record<string, string>> = {
  'v1 ConfigMap': 'core/v1',
  'v1 Service': 'core/v1',
  'v1 PersistentVolumeClaim': 'core/v1',
  'apps/v1 Deployment': 'apps/v1',
};

function compile(manifests: readonly Manifest[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-chart-'));
  const lines = manifests.map(({ apiVersion, kind, ...rest }, index) => {
    const types = typesOf[`${apiVersion} ${kind}`];
    const file = join(process.cwd(), 'node_modules/kubernetes-types', `${types}.d.ts`);
    const literal = JSON.stringify({ apiVersion, kind, ...rest });
    return `export const m${index}: import(${JSON.stringify(file)}).${kind} = ${literal};`;
  });
  writeFileSync(join(folder, 'manifests.ts'), lines.join('\n'));
  try {
    execFileSync('tsc', ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', join(folder, 'manifests.ts')], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const kinds = { 'the least that must be said': least, 'all that can be said': most, 'several processes': several };
for (const [name, values] of Object.entries(kinds)) {
  describe(`the Helm chart with ${name}`, () => {
    const manifests = render(values);
    const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
    const deployments = ofKind('Deployment');

    it('gives manifests that Kubernetes knows, field by field', () => {
      compile(manifests.filter(({ kind }) => kind !== 'PodMonitor'));
    });

    it('gives a configuration that the relayer takes', () => {
      const [map] = ofKind('ConfigMap');
      const file = JSON.parse(map?.data?.['relayer.json'] ?? '') as unknown;
      const { listen, dataDir } = parseProcessConfig(file, {}, '/etc/pegway');
      assert.equal(listen.private.port, 7400);
      assert.equal(listen.public.port, 7300);
      assert.equal(listen.public.host, values === most ? '::' : '0.0.0.0');
      assert.equal(dataDir, '/var/lib/pegway');
    });

    it('selects its own pods, and of each Deployment only its own', () => {
      for (const { spec } of deployments) {
        const labels = spec?.template?.metadata.labels ?? {};
        for (const [label, value] of Object.entries(spec?.selector?.matchLabels ?? {}))
          assert.equal(labels[label], value);
        for (const service of ofKind('Service'))
          for (const [label, value] of Object.entries(service.spec?.selector ?? {})) assert.equal(labels[label], value);
      }
      const selectors = deployments.map(({ spec }) => JSON.stringify(spec?.selector));
      assert.equal(new Set(selectors).size, deployments.length);
    });

    it('lets metrics of pods that are not ready be read, and sends peers only where the public port is open', () => {
      const [peers, metrics] = ofKind('Service').toSorted((a, b) => a.metadata.name.length - b.metadata.name.length);
      assert.equal(metrics?.spec?.publishNotReadyAddresses, true);
      assert.notEqual(peers?.spec?.publishNotReadyAddresses, true);
      for (const { spec } of deployments) {
        const [container] = spec!.template!.spec['containers'] as [{ readinessProbe: unknown }];
        assert.deepEqual(container.readinessProbe, { tcpSocket: { port: 'public' }, periodSeconds: 5 });
      }
    });

    it('runs as nobody in particular, with a root that is read-only and no rights', () => {
      for (const { spec } of deployments) {
        const pod = spec?.template?.spec as {
          securityContext: unknown;
          automountServiceAccountToken: boolean;
          containers: { securityContext: unknown }[];
        };
        assert.deepEqual(pod.securityContext, {
          ...{ runAsNonRoot: true, runAsUser: 10_001, runAsGroup: 10_001, fsGroup: 10_001 },
          ...{ fsGroupChangePolicy: 'OnRootMismatch', seccompProfile: { type: 'RuntimeDefault' } },
        });
        assert.equal(pod.automountServiceAccountToken, false);
        for (const { securityContext } of pod.containers)
          assert.deepEqual(securityContext, {
            ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          });
      }
    });
  });
}

describe('the Helm chart', () => {
  const schema = JSON.parse(readFileSync(`${chart}/values.schema.json`, 'utf8')) as object;
  const accepts = new Ajv({ strict: false }).compile(schema);
  const defaults = parse(readFileSync(`${chart}/values.yaml`, 'utf8')) as object;

  it('restarts pods for settings that are read at a start, and for no edit that a relayer applies while it runs', () => {
    const sum = (config: object, values: object = {}): unknown => {
      const [pod] = render({ ...most, ...values, config: { ...most.config, ...config } }).filter(
        ({ kind }) => kind === 'Deployment',
      );
      const { template } = (pod as unknown as { spec: { template: { metadata: { annotations: object } } } }).spec;
      return template.metadata.annotations['checksum/configuration' as keyof object];
    };
    const before = sum({});
    const main = (most.config as { main?: object }).main ?? {};
    assert.equal(sum({ turnSeconds: 9, log: 'debug', main: { ...main, rpcUrls: ['https://other.example'] } }), before);
    assert.notEqual(sum({ queue: 'redis://other.example' }), before);
    assert.notEqual(sum({ main: { ...main, chainId: 7 } }), before);
    assert.notEqual(sum({}, { listenHost: '0.0.0.0' }), before);
  });

  it('stands by in a process of its own, with a folder of its own', () => {
    const names = (values: unknown, kind: string) =>
      render(values)
        .filter((manifest) => manifest.kind === kind)
        .map(({ metadata }) => metadata.name);
    assert.deepEqual(names(least, 'Deployment'), ['signer-a-a']);
    assert.deepEqual(names(most, 'Deployment'), ['signer-a-a', 'signer-a-b']);
    assert.deepEqual(names(most, 'PersistentVolumeClaim'), ['signer-a-a', 'signer-a-b']);
    assert.deepEqual(names({ ...least, persistence: { enabled: false } }, 'PersistentVolumeClaim'), []);
  });

  it('runs processes that share bridges, each with a folder of its own', () => {
    const names = (kind: string) =>
      render(several)
        .filter((manifest) => manifest.kind === kind)
        .map(({ metadata }) => metadata.name);
    assert.deepEqual(names('Deployment'), ['signer-a-p0', 'signer-a-p1', 'signer-a-p2']);
    assert.deepEqual(names('PersistentVolumeClaim'), ['signer-a-p0', 'signer-a-p1', 'signer-a-p2']);
  });

  it('refuses values without a key or its Secret, and a standby without a queue that both reach', () => {
    assert.equal(accepts({ ...defaults, ...least }), true);
    assert.equal(accepts({ ...defaults, ...most }), true);
    assert.equal(accepts(defaults), false);
    assert.equal(accepts({ ...defaults, ...least, secretName: '' }), false);
    assert.equal(accepts({ ...defaults, ...least, standby: true }), false);
    assert.equal(accepts({ ...defaults, ...several }), true);
    assert.equal(accepts({ ...defaults, ...several, standby: true }), false);
    assert.equal(accepts({ ...defaults, ...most, standby: false, processes: 2 }), false);
    assert.equal(accepts({ ...defaults, ...several, config: { ...several.config, queue: 'memory' } }), false);
    assert.equal(accepts({ ...defaults, ...least, config: { ...config, queue: 'postgres://db/jobs' } }), false);
    assert.equal(accepts({ ...defaults, ...least, config: { ...config, dataDir: '/elsewhere' } }), false);
  });
});
