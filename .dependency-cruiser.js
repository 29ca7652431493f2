// The import rules of the tree (DESIGN.md, section 6). `npm run check -- imports` keeps them.

/** Parts of the relayer that each meet one thing outside it. None imports another; the composition connects them. */
const edges = '^relayer/(chain|keys|peers|store|queue|tx)/';

/** Files that compose the process, and so may import any part of it. */
const composition =
  '^relayer/(process(-shards)?|other-processes|main|bootstrap|fleet|bridge(-(runner|dependencies|signing|services))?|check-(bridge|reload)|shared-chain|account|chain-loop)\\.ts$';

/** Run-time packages whose code is bundled. */
const bundled = [
  ...['@ethereumjs/rlp', '@fastify/cors', 'bullmq', 'commander', 'fastify', 'hash-wasm', 'ioredis', 'ipaddr.js', 'ox'],
  ...['pino', 'prom-client', 'rate-limiter-flexible', 'undici', 'viem', 'zod'],
];
const optionalPeers = ['@aws-sdk/client-kms', '@foundry-rs/anvil', 'pkcs11js'];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or share a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'imports-exist',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(node|bun):' },
    },
    {
      name: 'protocol-is-pure',
      comment: 'protocol/ has no I/O and is shared by the relayer, the SDK, the command line and the page.',
      severity: 'error',
      from: { path: '^protocol/' },
      to: { pathNot: '^(protocol/|node_modules/(viem|ox|@ethereumjs/rlp|hash-wasm)/)' },
    },
    {
      name: 'sdk-builds-on-protocol',
      severity: 'error',
      from: { path: '^sdk/' },
      to: { path: '^(relayer|cli|app|test|scripts)/' },
    },
    {
      name: 'relayer-builds-on-protocol',
      severity: 'error',
      from: { path: '^relayer/' },
      to: { path: '^(sdk|cli|app|test|scripts)/' },
    },
    {
      name: 'cli-ships-alone',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^(app|test|scripts)/' },
    },
    {
      name: 'page-builds-on-protocol-and-sdk',
      severity: 'error',
      from: { path: '^app/' },
      to: { path: '^(relayer|cli|test|scripts)/' },
    },
    {
      name: 'edges-do-not-know-each-other',
      severity: 'error',
      from: { path: edges },
      to: { path: edges, pathNot: '^relayer/$1/' },
    },
    {
      name: 'edges-do-not-know-the-pipeline',
      severity: 'error',
      from: { path: edges },
      to: { path: '^relayer/(pipeline|audit|history|api)/' },
    },
    {
      name: 'only-the-command-line-and-tests-import-the-composition',
      severity: 'error',
      from: { path: '^(relayer|sdk|protocol|app)/', pathNot: composition },
      to: { path: composition },
    },
    {
      name: 'commands-are-light-until-they-run',
      comment: '`pegway --help` loads every descriptor: what a command needs, it imports with import() when it runs.',
      severity: 'error',
      from: {
        path: '^cli/(.+-command|run-cli|attend|io|output|memory)\\.ts$|^cli/inspect/target-options\\.ts$',
      },
      to: {
        dynamic: false,
        dependencyTypesNot: ['type-only'],
        pathNot: [
          '^cli/(.+-command|attend|io|output|memory)\\.ts$',
          '^cli/inspect/target-options\\.ts$',
          '^(protocol/(errors|governance|reasons|json)\\.ts|package\\.json)$',
          '^(node:|node_modules/commander/|(util|v8)$)',
        ],
      },
    },
    {
      name: 'package-bundles-what-it-needs',
      comment:
        'devDependencies that run are bundled (scripts/build.ts) or optional peers; build tools must not be imported.',
      severity: 'error',
      from: { path: '^(protocol|relayer|sdk|cli)/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
        pathNot: `^node_modules/(${[...bundled, ...optionalPeers].join('|')})/`,
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(artifacts|dist|cache)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
