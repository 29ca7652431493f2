// Runs the TypeScript tests of contracts on a mutant's artifacts: in a copy of the project under .tools/mutants, so that the
// project's own artifacts stay as they are.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Artifact } from '@nomicfoundation/edr';

const folder = resolve('.tools/mutants');
const tests = 'test/contracts';

/** The files most likely to fail come first; a file that is not named here runs on all of them. */
const relevant: Readonly<Record<string, readonly string[]>> = {
  'contracts/SignerSet.sol': ['signer-set', 'approvals', 'attestation', 'satellites'],
  'contracts/libraries/Signers.sol': ['signer-set', 'approvals', 'attestation', 'satellites'],
  'contracts/Governed.sol': ['governed', 'pause', 'administration', 'satellites'],
  'contracts/libraries/Governance.sol': ['governed', 'pause', 'administration', 'satellites'],
  'contracts/rewards/Rewards.sol': ['rewards'],
  'contracts/anchors/Anchors.sol': ['anchors'],
  'contracts/anchors/Headers.sol': ['anchors', 'exit-proofs'],
  'contracts/anchors/History.sol': ['anchors'],
  'contracts/exits/Closing.sol': ['exit-proofs', 'satellites'],
  'contracts/exits/ExitAddress.sol': ['exit-proofs', 'satellites'],
  'contracts/exits/Exits.sol': ['exit-proofs', 'satellites'],
  'contracts/exits/ProductState.sol': ['exit-proofs'],
  'contracts/exits/StateTrie.sol': ['exit-proofs'],
  'contracts/libraries/PegAdministration.sol': ['limits', 'fees', 'main-bridge', 'product-bridge'],
  'contracts/libraries/ProductPegs.sol': ['product-bridge', 'fees'],
  'contracts/ProductToken.sol': ['product-bridge', 'tokens'],
  'contracts/ProductBridge.sol': ['product-bridge', 'fees', 'departures', 'limits', 'executions', 'checks'],
  'contracts/libraries/MainPegs.sol': ['main-bridge', 'refusals', 'fees', 'coin'],
  'contracts/MainBridge.sol': ['main-bridge', 'coin', 'fees', 'refusals', 'satellites', 'limits', 'checks'],
  'contracts/Payments.sol': ['tokens', 'refusal-costs', 'reentrancy', 'coin', 'refusals', 'main-bridge', 'checks'],
  'contracts/Bridge.sol': ['executions', 'departures', 'limits', 'fees', 'checks', 'attestation', 'product-bridge'],
};
const rest = ['departures', 'fees', 'limits', 'executions', 'main-bridge', 'product-bridge', 'checks'];

/** The name of the first file that fails; undefined when all pass. */
export async function runNodeTests(
  mutated: string,
  artifacts: ReadonlyMap<string, Artifact>,
): Promise<string | undefined> {
  prepare();
  const restore: (() => void)[] = [];
  for (const [key, { contract }] of artifacts) {
    const [file = '', name = ''] = key.split(':');
    const path = `${folder}/artifacts/${file}/${name}.json`;
    if (!file.startsWith('contracts/') || !existsSync(path)) continue;
    const text = readFileSync(path, 'utf8');
    const original = JSON.parse(text) as { bytecode: string };
    if (original.bytecode === contract.bytecode) continue;
    const { abi: _abi, ...code } = contract;
    writeFileSync(path, JSON.stringify({ ...original, ...code }));
    restore.push(() => writeFileSync(path, text));
  }

  try {
    for (const name of relevant[mutated] ?? rest) {
      const file = `${tests}/${name}.test.ts`;
      if (!existsSync(file)) continue;
      const child = spawn('node', [resolve('scripts/mutants/run-node-test.ts'), file], {
        cwd: folder,
        stdio: 'ignore',
      });
      const [status] = (await once(child, 'exit')) as [number | null];
      if (status !== 0) return file;
    }
    return undefined;
  } finally {
    restore.forEach((write) => write());
  }
}

let isPrepared = false;

function prepare(): void {
  if (isPrepared) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${folder}/test`, { recursive: true });
  const config = ['package.json', 'hardhat.config.ts', 'scripts/solidity/test-settings.ts'];
  for (const file of [...config, 'artifacts', 'docs/protocol-vectors.json', tests])
    cpSync(file, `${folder}/${file}`, { recursive: true });
  for (const name of ['protocol', 'contracts', 'relayer', 'cli', 'sdk'])
    symlinkSync(resolve(name), `${folder}/${name}`);
  isPrepared = true;
}
