import { styleText } from 'node:util';

import { sides } from '../../protocol/lane.ts';
import { readConfig } from '../../relayer/config.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { requireAnswers } from '../inspect/answering.ts';
import { findConfig } from '../inspect/find-config.ts';
import { openChainClients } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { openListOutput } from '../output.ts';
import { anchorFindings } from './anchor-findings.ts';
import { bridgeFindings } from './bridge-findings.ts';
import { exitFindings } from './exit-findings.ts';
import { type Finding, look, ok, warn } from './finding.ts';
import { nodeFindings } from './node-findings.ts';
import { signerFindings } from './signer-findings.ts';
import { webhookFindings } from './webhook-findings.ts';
import { surroundingFindings } from './host-findings.ts';

interface DoctorFlags {
  readonly config?: string;
  readonly bridge?: string;
  readonly json: boolean;
}

const marks = { ok: '✔', warn: '!', bad: '✖' } as const;
const colours = { ok: 'green', warn: 'yellow', bad: 'red' } as const;

const line = ({ subject, check, outcome, found, hint }: Finding, stdout: Io['stdout']): string => {
  const mark = styleText(colours[outcome], marks[outcome], { stream: stdout });
  return `${mark} ${subject}: ${check}: ${found}${hint === undefined ? '' : `\n    → ${hint}`}`;
};

const answers = (chain: ChainClient): Promise<Finding> =>
  look(`${chain.side} chain`, 'answers', async () => {
    await requireAnswers(chain);
    return ok('yes');
  });

export async function doctor({ config: file, bridge, json }: DoctorFlags, io: Io): Promise<number> {
  using output = openListOutput(json, io);
  const config = readConfig(findConfig(file, io), io.env, bridge);
  await using chains = openChainClients(config);
  const count = { ok: 0, warn: 0, bad: 0 };
  const tell = (finding: Finding) => {
    count[finding.outcome]++;
    output.result(line(finding, io.stdout), finding);
  };

  // Each later check would wait for its own timeout.
  const asked = await Promise.all(sides.map((side) => answers(chains[side])));
  const silent = asked.filter(({ outcome }) => outcome === 'bad');
  for (const finding of silent) tell(finding);
  const isAnswering = silent.length === 0;

  const bridges = bridgeFindings(chains);
  let step = isAnswering ? await bridges.next() : { done: true as const, value: undefined };
  for (; step.done !== true; step = await bridges.next()) tell(step.value);
  const states = step.value;

  for (const [index, side] of sides.entries()) {
    if (asked[index]?.outcome === 'bad') continue;
    const checks = {
      ...{ chain: chains[side], config: config[side], productTokens: [...(states?.product.pegs.keys() ?? [])] },
      now: () => Date.now() / 1_000,
    };
    for await (const finding of nodeFindings(checks)) tell(finding);
  }
  if (isAnswering) {
    for await (const finding of anchorFindings(config, chains)) tell(finding);
    for await (const finding of exitFindings(config, chains)) tell(finding);
    for await (const finding of signerFindings(config, chains, states)) tell(finding);
  } else {
    tell({
      subject: 'bridges and keys',
      check: 'state',
      ...warn('not checked', 'run this again when both chains answer'),
    });
  }
  for await (const finding of webhookFindings(config)) tell(finding);
  for await (const finding of surroundingFindings(config, states)) tell(finding);

  const verdict =
    count.bad > 0 ? 'do not go live yet' : count.warn > 0 ? 'ready; review the warnings' : 'fit to go live';
  output.say(`${count.ok} passed, ${count.warn} warnings, ${count.bad} errors: ${verdict}`);
  return count.bad > 0 ? 1 : 0;
}
