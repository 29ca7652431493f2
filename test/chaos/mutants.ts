import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A relayer with one safety rule switched off, in a copy of the sources; and the faults under which that must be seen. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** What is found once, and what is put there. */
  readonly changes: readonly (readonly [find: string, put: string])[];
  readonly faults: readonly string[];
  readonly transfers: number;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'events are believed without proof',
    file: 'relayer/chain/logs.ts',
    changes: [
      [
        'return proveLogs({ expectedHash, number, header, receipts, rule: headerRule, address: bridge });',
        `void headerRule; void proveLogs; void expectedHash;
      return receipts.flatMap(({ logs }) => logs as unknown as RpcLog[]).filter(({ address }) => isAddressEqual(address, bridge));`,
      ],
    ],
    faults: ['a node forges receipts'],
    transfers: 80,
  },
  {
    name: 'the newest block is taken for final',
    file: 'relayer/chain/finality.ts',
    changes: [
      [
        `nodes.all<RpcHeader | null>('eth_getBlockByNumber', ['finalized', false])`,
        `nodes.all<RpcHeader | null>('eth_getBlockByNumber', ['latest', false])`,
      ],
    ],
    faults: ['reorganisation up to the final block'],
    transfers: 80,
  },
  {
    name: 'a gap in the nonces is skipped',
    file: 'relayer/pipeline/verify.ts',
    changes: [
      ['missing.length === 0 ? [] : await context.find(missing)', '[] as Transfer[]'],
      ['next.nonce !== ledger.nextNonce', 'next.nonce < ledger.nextNonce'],
    ],
    faults: ['all nodes of some signers withhold events'],
    transfers: 120,
  },
  {
    name: 'a bloom is believed of one node',
    file: 'relayer/chain/finality.ts',
    changes: [['`${hash} ${BigInt(timestamp)} ${logsBloom}`', '(void timestamp, void logsBloom, hash)']],
    faults: ['a node withholds events'],
    transfers: 120,
  },
  {
    name: 'a start forgets what was open',
    file: 'relayer/pipeline/recover.ts',
    changes: [
      [
        'ledger.reset(end, transfers, new Set(parked), now, early);',
        'void transfers; ledger.reset(end, [], new Set(parked), now, early);',
      ],
    ],
    faults: ['kill -9, data folder deleted'],
    transfers: 120,
  },
];

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the checker said of a mutant; nothing when it saw nothing wrong. */
export async function hunt(mutant: Mutant, seed: number): Promise<readonly string[]> {
  const tree = mkdtempSync(join(tmpdir(), 'pegway-mutant-'));
  try {
    for (const part of ['relayer', 'test', 'package.json'])
      cpSync(join(root, part), join(tree, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    const file = join(tree, mutant.file);
    let source = readFileSync(file, 'utf8');
    for (const [find, put] of mutant.changes) {
      if (source.split(find).length !== 2) throw new Error(`${mutant.file} does not hold once: ${find}`);
      source = source.replace(find, () => put);
    }
    writeFileSync(file, source);

    const options = [
      '--transfers',
      String(mutant.transfers),
      '--seed',
      String(seed),
      '--seconds',
      '60',
      '--patience',
      '45',
    ];
    const child = spawn(process.execPath, ['test/chaos/main.ts', ...options, '--faults', mutant.faults.join(';')], {
      cwd: tree,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
    const [status] = (await once(child, 'close')) as [number | null];
    const wrong = said.split('\n').filter((line) => line.startsWith('WRONG: '));
    // A mutant that cannot even start is no proof of anything.
    if (status !== 0 && wrong.length === 0) throw new Error(`${mutant.name}: the run ended with ${status}:\n${said}`);
    return wrong;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}
