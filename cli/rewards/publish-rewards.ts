import type { Address } from 'viem';

import { encodeSignatures } from '../../protocol/attestation.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { RewardPeriod } from '../../protocol/rewards.ts';
import { openPeerClient } from '../../relayer/peers/http.ts';
import { createAttester } from '../../relayer/pipeline/attester.ts';
import { createPeerLatency } from '../../relayer/peers/latency.ts';
import { createSignatureCollector } from '../../relayer/pipeline/signature-collector.ts';
import { createGate } from '../../relayer/pipeline/signing-gate.ts';
import { distributionOf, encodePublish } from '../../relayer/rewards/rewards-contract.ts';
import { type BridgePair, openBridgePair } from '../../relayer/state/bridges.ts';
import { stateRewards } from '../../relayer/state/statement.ts';
import { type Operator, type OperatorFlags, openKey, openOperator, openPayer } from '../governance/operator.ts';
import { sendAndWait } from '../governance/transactions.ts';
import type { Io } from '../io.ts';
import { type Output, openListOutput } from '../output.ts';
import { type RecomputedRewards, recomputeRewards, requireRewards } from './recompute.ts';

interface PublishFlags extends OperatorFlags {
  readonly payer?: string;
}

export async function publishRewards(flags: PublishFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  await using operator = await openOperator(flags, io);
  const { main } = operator.sides;
  const rewards = await requireRewards(operator.sides);
  const bridges = await openBridgePair(operator.sides, monotonic);
  const recomputed = await recomputeRewards(operator.sides, (line) => output.say(line));
  for (const token of recomputed.tokens) {
    const { period } = await distributionOf(main.nodes, rewards, token);
    const next = recomputed.periods(token)[Number(period)];
    if (next === undefined) output.say(`${token}: every finished period is published`);
    else await publishOne({ operator, bridges, recomputed, rewards, token, next, payer: flags.payer }, output);
  }
}

const monotonic = (): number => performance.now() / 1_000;

interface Publication {
  readonly operator: Operator;
  readonly bridges: BridgePair;
  readonly recomputed: RecomputedRewards;
  readonly rewards: Address;
  readonly token: Address;
  readonly next: RewardPeriod;
  readonly payer: string | undefined;
}

async function publishOne(publication: Publication, output: Output): Promise<void> {
  const { operator, bridges, rewards, token, next } = publication;
  const { main } = operator.sides;
  const { threshold, signerEpoch } = bridges.state('main');
  const statement = stateRewards({ chainId: main.chainId, rewards }, signerEpoch, token, next);
  const { signatures, refusals } = await collect(publication, statement);
  if (signatures.length < threshold) {
    const why = refusals.map(({ signer, reason }) => `${signer}: ${reason}`).join(', ');
    throw new PegwayError(`${token}: ${signatures.length} of ${threshold} signatures; ${why}`, {
      code: 'waiting-for-signatures',
      hint: 'a signer with digest-mismatch computed another root: compare with pegway rewards compute',
    });
  }
  const payer = await openPayer(operator, publication.payer);
  try {
    await sendAndWait(
      {
        side: { ...main, address: rewards },
        payer,
        maxFeePerGas: operator.config.main.maxFeePerGas,
        what: `publish period ${next.period} of ${token}`,
        data: encodePublish(statement, encodeSignatures(signatures)),
        done: async () => (await distributionOf(main.nodes, rewards, token)).period >= next.period,
      },
      output,
    );
  } finally {
    await payer.close();
  }
  output.result(`${token}: period ${next.period} is published, root ${next.root}`, { token, ...next });
}

/** Signs through the same gate as a relayer, and asks the peers. */
async function collect(
  { operator, bridges, recomputed, rewards }: Publication,
  statement: ReturnType<typeof stateRewards>,
): ReturnType<ReturnType<typeof createSignatureCollector>> {
  const { config } = operator;
  const signer = await openKey(operator, undefined);
  const never = (): boolean => false;
  const gate = createGate({
    address: signer.address,
    authority: (side) => bridges.state(side),
    auditObstacle: () => undefined,
    ...{ isPaused: never, isSuperseded: never, isFinalityReversed: never },
    ledger: () => undefined,
    rewards: (token, period) => recomputed.periods(token)[Number(period) - 1],
    history: () => 'wrong-bridge',
  });
  const attester = createAttester({
    ...{ signer, gate, history: { record: () => undefined }, onSecondContent: () => undefined },
  });
  const peerClient = openPeerClient();
  const { signal } = new AbortController();
  try {
    const collector = createSignatureCollector({
      ...{ peers: config.peers, peerClient, bridges, address: signer.address, rewards, now: monotonic },
      anchors: undefined,
      ...{
        metrics: silent,
        log: { warn: () => undefined },
        latency: createPeerLatency(),
        onAnswered: () => undefined,
        onSignature: () => undefined,
        signal,
      },
    });
    return await collector(statement, await attester.sign(statement), signal);
  } finally {
    await peerClient[Symbol.asyncDispose]();
    await signer.close();
  }
}

/** A command reports no metrics. */
const silent = { signatures: { inc: () => undefined }, signerLastAnswer: { set: () => undefined } } as never;
