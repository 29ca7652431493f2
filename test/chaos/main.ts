import { parseArgs } from 'node:util';

import { messageOf } from '../../protocol/errors.ts';
import { installGeth } from '../../scripts/clients/geth.ts';
import { faults } from './faults.ts';
import { hunt } from './hunt.ts';
import { mutants } from './mutants.ts';
import { type ChaosChains, chaosChains } from './net.ts';
import { type ChaosReport, runChaos } from './run.ts';

const { values } = parseArgs({
  options: {
    transfers: { type: 'string', default: '300' },
    bridges: { type: 'string', default: '1' },
    seed: { type: 'string' },
    chains: { type: 'string' },
    faults: { type: 'string' },
    seconds: { type: 'string', default: 'Infinity' },
    patience: { type: 'string', default: '180' },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    first: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run chaos -- [--transfers 300] [--bridges 1] [--seed N] [--chains anvil|geth] [--faults 'name; name'] [--seconds N] [--patience 180] [--first] [--mutants [--only TEXT]]

Transfers under faults at random; exit status 0 only if all arrived, once, and rule 1 holds.
--bridges: bridges between the two chains, all of them in each signer's process; processes and Redis fail then, unless --faults names others, and with many bridges less often. --chains: the client of both chains, default anvil; geth has reorganisations, and needs Go. --seconds: faults end after so long, though fewer have departed. --patience: seconds after the last fault until all must have arrived. --first: end with the first alarm. --mutants: instead, that the checker sees each mutant, or those whose names hold TEXT, on these chains, by default on those that each names.
The faults:
${faults.map(({ name }) => `  ${name}`).join('\n')}`);
} else if (values.mutants) {
  const seed = Number(values.seed ?? 1);
  const chains = values.chains === undefined ? {} : { chains: chainsOf(values.chains) };
  for (const mutant of mutants.filter(({ name }) => name.includes(values.only))) {
    try {
      const { wrong, seconds } = await hunt({ ...mutant, ...chains }, seed);
      const verdict = wrong.length > 0 ? 'caught' : 'MISSED';
      console.log(`${verdict}: ${mutant.name}, under ${mutant.faults.join(', ')}, in ${seconds} s, seed ${seed}`);
      if (wrong.length === 0) process.exitCode = 1;
      for (const line of wrong.slice(0, 3)) console.log(`  ${line}`);
    } catch (error) {
      // The other mutants count all the same.
      console.log(`NOT RUN: ${messageOf(error)}`);
      process.exitCode = 1;
    }
  }
} else {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  say(`seed ${seed}`);
  const only = values.faults?.split(';').map((name) => name.trim());
  const report = await runChaos({
    ...{
      transfers: Number(values.transfers),
      bridges: Number(values.bridges),
      seed,
      chains: chainsOf(values.chains ?? 'anvil'),
      only,
      say,
    },
    seconds: Number(values.seconds),
    patienceSeconds: Number(values.patience),
    first: values.first,
  });
  console.log(print(report));
  process.exitCode = report.wrong.length === 0 ? 0 : 1;
}

function chainsOf(name: string): ChaosChains {
  const chains = chaosChains.find((one) => one === name);
  if (chains === undefined) throw new RangeError(`--chains: expected ${chaosChains.join(' or ')}, found ${name}`);
  const obstacle = chains === 'geth' ? installGeth() : undefined;
  if (obstacle !== undefined) throw new Error(`geth: ${obstacle}`);
  return chains;
}

function print({ seed, transfers, seconds, struck, wrong, waste }: ChaosReport): string {
  const rows = [...struck].map(([name, count]) => `| ${name} | ${count} |`);
  return [
    `seed ${seed}: ${transfers} transfers in ${seconds} s; ${waste.used} transactions of relayers, ${waste.vain} in vain`,
    ...['| fault | times |', '|---|---|', ...rows],
    ...(wrong.length === 0 ? ['nothing lost, nothing twice, every peg backed'] : wrong.map((one) => `WRONG: ${one}`)),
  ].join('\n');
}
