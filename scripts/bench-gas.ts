// `npm run bench:gas`: gas per transfer, compared with other bridges and with its targets. Writes the figures to
// bench/results/gas.json; exit status 1 when a target is missed or a contract exceeds the code size limit.
import { writeFile } from 'node:fs/promises';

import { artifacts, tasks } from 'hardhat';

import type { MeasuredExits } from './gas/exits.ts';
import { type Pair, type Peer, mintPeers, withdrawPeers } from './gas/peers.ts';
import { FREE_CODE, MAXIMUM_CODE, targets } from './gas/targets.ts';
import type { Figures } from './gas/used-gas.ts';

// A fresh clone has no artifacts, and the measuring modules read them on import.
await tasks.getTask('build').run({ quiet: true });
const { measure, sizes } = await import('./gas/measure.ts');
const { measureExits, populations } = await import('./gas/exits.ts');
const { usedGas, usedGasAmsterdam } = await import('./gas/used-gas.ts');

const NAME_WIDTH = 36;
const FIGURE_WIDTH = 20;

const number = (value: number): string => Math.round(value).toLocaleString('en');
const pair = (figure: Pair | undefined): string =>
  figure === undefined ? '–' : `${number(figure[0])} / ${number(figure[1])}`;
const line = (name: string, figures: Figures): string =>
  name.padEnd(NAME_WIDTH) + sizes.map((size) => pair(figures[size]).padStart(FIGURE_WIDTH)).join('');
const heading = (title: string): string =>
  `\n${title.padEnd(NAME_WIDTH)}${sizes.map((size) => `N=${size}`.padStart(FIGURE_WIDTH)).join('')}`;

type Measured = Readonly<Record<string, Figures>>;

function table(measured: Measured, title: string, ours: readonly string[], peers: readonly Peer[]): void {
  console.log(heading(title));
  for (const name of ours) console.log(line(`Pegway: ${name}`, measured[name] ?? {}));
  for (const { name, gas } of peers) console.log(line(name, gas));
}

const onEitherChain = [
  ...['deposit', 'deposit, with a fee', 'deposit, with a fee and exits', 'redeem', 'redeem, with a fee'],
  ...['collectFees', 'departFees'],
];
const onMainChain = [
  ...['withdraw', 'withdraw, limited', 'withdraw, guarded', 'withdraw, refused', 'release', 'bounce', 'anchor'],
  ...['publish', 'claim'],
];

/** @param peers Those of the product chain and of the main chain; none were measured under Amsterdam's prices. */
function tables(measured: Measured, [onProduct, onMain]: readonly [readonly Peer[], readonly Peer[]]): void {
  table(measured, 'on the product chain', ['mint', 'mint, limited'], onProduct);
  table(measured, 'on either chain', onEitherChain, []);
  table(measured, 'on the main chain', onMainChain, onMain);
}

function exitTable({ figures, proofs }: MeasuredExits): void {
  const columns = populations.map((population) => `${number(population)} accounts`.padStart(FIGURE_WIDTH)).join('');
  console.log(`\n${'exits, on the main chain'.padEnd(NAME_WIDTH)}${columns}`);
  for (const [name, byPopulation] of Object.entries(figures)) {
    const found = populations.map((population) => pair(byPopulation[population]).padStart(FIGURE_WIDTH)).join('');
    console.log(`${`Pegway: ${name}`.padEnd(NAME_WIDTH)}${found}`);
  }
  const shapes = populations.map((population) => {
    const { accountNodes = 0, storageNodes = 0, bytes = 0 } = proofs[population] ?? {};
    return `${accountNodes} + ${storageNodes}, ${number(bytes)} B`.padStart(FIGURE_WIDTH);
  });
  console.log(`${'nodes of the proof of a balance'.padEnd(NAME_WIDTH)}${shapes.join('')}`);
}

// First, on a chain without other accounts.
const exits = await measureExits(usedGas);
const laterExits = await measureExits(usedGasAmsterdam);

const measured = await measure(usedGas);
console.log("Gas for each transfer of a batch of N, recipient's balance cold / warm");
tables(measured, [mintPeers, withdrawPeers]);
exitTable(exits);

const later = await measure(usedGasAmsterdam);
console.log("\nThe same under Amsterdam's prices (EIP-2780, 7976, 8037, 8038)");
tables(later, [[], []]);
exitTable(laterExits);

let missed = 0;
const judge = (what: string, found: string, most: string, kept: boolean): void => {
  if (!kept) missed++;
  const columns = what.padEnd(NAME_WIDTH) + found.padStart(FIGURE_WIDTH) + most.padStart(FIGURE_WIDTH);
  console.log(columns + (kept ? '' : '   MISSED'));
};

console.log(`\n${'targets'.padEnd(NAME_WIDTH)}${'found'.padStart(FIGURE_WIDTH)}${'at most'.padStart(FIGURE_WIDTH)}`);
for (const [name, bySize] of Object.entries(targets)) {
  for (const [size, most] of Object.entries(bySize)) {
    const found: Pair = measured[name]?.[Number(size)] ?? [Infinity, Infinity];
    judge(`${name}, N=${size}`, pair(found), pair(most), found[0] <= most[0] && found[1] <= most[1]);
  }
}
const deployed = [
  ...(['MainBridge', 'ProductBridge', 'ProductToken'] as const),
  ...(['Signers', 'Governance', 'PegAdministration', 'MainPegs', 'ProductPegs'] as const),
];
for (const name of deployed) {
  const { deployedBytecode } = await artifacts.readArtifact(name);
  const length = (deployedBytecode.length - 2) / 2;
  const most = name.endsWith('Bridge') ? MAXIMUM_CODE - FREE_CODE : MAXIMUM_CODE;
  judge(`code of ${name}, bytes`, number(length), number(most), length <= most);
}

const named = (key: string, value: unknown): unknown => {
  if (!/^\d+$/.test(key) || !Array.isArray(value) || value.length !== 2) return value;
  const [cold, warm] = value as unknown as Pair;
  return { cold, warm };
};
const results = { ...measured, exits, amsterdam: { ...later, exits: laterExits } };
await writeFile('bench/results/gas.json', `${JSON.stringify(results, named, 2)}\n`);
process.exitCode = missed === 0 ? 0 : 1;
