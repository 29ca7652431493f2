// The import rules of the house: who may know whom. `npm run check -- imports` keeps them.

/** The relayer's parts that meet the outside world. None knows another; relayer.ts brings them together. */
const edges = '^relayer/(chain|keys|peers|store|queue)/';

/** Files that put the machine together, and so may import anything of it. */
const assemblers = '^relayer/(relayer|work|chronicle|intake|auditing|public-port|main)\\.ts|^relayer/(work|cli)/';

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
      name: 'transfer-is-pure',
      comment: 'relayer/transfer/ has no I/O and is shared with the SDK and the app.',
      severity: 'error',
      from: { path: '^relayer/transfer/' },
      to: { pathNot: '^(relayer/transfer/|node_modules/viem/)' },
    },
    {
      name: 'protocol-is-pure',
      comment: 'protocol/ has no I/O: signers, SDK and page compute the same from the same bytes.',
      severity: 'error',
      from: { path: '^protocol/' },
      to: { pathNot: '^(protocol/|node_modules/(viem|ox|@ethereumjs/rlp|hash-wasm)/)' },
    },
    {
      name: 'edges-do-not-know-each-other',
      severity: 'error',
      from: { path: edges },
      to: { path: edges, pathNot: '^relayer/$1/' },
    },
    {
      name: 'stages-do-not-know-each-other',
      comment: 'A stage of the pipeline hands on by the store and the queue, never by calling the next stage.',
      severity: 'error',
      from: { path: '^relayer/pipeline/([^/.]+)' },
      to: { path: '^relayer/pipeline/', pathNot: '^relayer/pipeline/$1[/.]' },
    },
    {
      name: 'only-the-assemblers-know-the-pipeline',
      severity: 'error',
      from: { path: '^relayer/', pathNot: [assemblers, '^relayer/pipeline/'] },
      to: { path: '^relayer/pipeline/' },
    },
    {
      name: 'nobody-reaches-up',
      comment: 'What relayer.ts, main.ts and cli/ put together does not import them.',
      severity: 'error',
      from: { path: '^relayer/', pathNot: assemblers },
      to: { path: assemblers },
    },
    {
      name: 'relayer-stands-alone',
      severity: 'error',
      from: { path: '^(protocol|relayer)/' },
      to: { path: '^(app|test)/' },
    },
    {
      name: 'app-uses-what-is-shared',
      severity: 'error',
      from: { path: '^app/' },
      to: { path: '^relayer/', pathNot: '^relayer/(transfer/|chain/abi\\.ts$|sdk\\.ts$|sdk/)' },
    },
    {
      name: 'relayer-ships-what-it-needs',
      comment: 'A devDependency is not there where the package is installed.',
      severity: 'error',
      from: { path: '^(protocol|relayer)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
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
