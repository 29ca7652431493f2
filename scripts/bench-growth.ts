// Cost of a relayer's work as its state grows: the real code, in this process, over simulated state. The transfers are
// on no chain: 100,000 open and a million executed ones would take hours to create. Writes the figures and their plot.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

import type { Cost } from './growth/cost.ts';
import { executedTransfers } from './growth/history.ts';
import { nonces } from './growth/nonces.ts';
import { openTransfers } from './growth/open.ts';
import { pegs } from './growth/pegs.ts';
import { plot } from './growth/plot.ts';

const { values } = parseArgs({
  options: {
    open: { type: 'string', default: '10,1000,100000' },
    history: { type: 'string', default: '1000,30000,1000000' },
    pegs: { type: 'string', default: '1,10,100' },
    nonces: { type: 'string', default: '100,1000000,100000000' },
    out: { type: 'string', default: 'bench/results/growth.json' },
    svg: { type: 'string', default: 'docs/growth.svg' },
  },
});

const sizes = (list: string): number[] => list.split(',').map(Number);
const costs: Cost[] = [];
const measure = async (list: string, at: (size: number) => Promise<Cost[]>) => {
  for (const size of sizes(list)) {
    const found = await at(size);
    costs.push(...found);
    for (const { axis, name, value, unit } of found)
      console.error(`${size} ${axis}: ${name} ${value.toFixed(3)} ${unit}`);
  }
};
await measure(values.open, openTransfers);
await measure(values.pegs, pegs);
await measure(values.nonces, nonces);
await measure(values.history, executedTransfers);

const machine = { processors: cpus().length, model: cpus()[0]?.model, memoryGB: Math.round(totalmem() / 1e9) };
const simulated = 'transfers, pegs and node responses; the measured code is the relayer’s own';
for (const file of [values.out, values.svg]) mkdirSync(dirname(file), { recursive: true });
writeFileSync(values.out, `${JSON.stringify({ machine, simulated, costs }, undefined, 2)}\n`);
writeFileSync(values.svg, plot(costs));
