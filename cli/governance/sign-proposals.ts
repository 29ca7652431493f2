import { compactSignature } from '../../protocol/attestation.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { confirm } from '../confirm-action.ts';
import type { Io } from '../io.ts';
import { type Output, openListOutput, wrong } from '../output.ts';
import { deploymentEffect } from './deployment-effect.ts';
import { describe, toValue } from './describe-proposal.ts';
import { type GovernedState, readGoverned } from './governed-state.ts';
import { type Operator, type OperatorFlags, openKey, openOperator } from './operator.ts';
import { type Loaded, load, writeProposal } from './proposal-files.ts';
import { type Proposal, preimageOf } from './proposal.ts';
import { readShared, shareProposal } from './relayers.ts';
import { requireSignable } from './requirements.ts';
import { withSignature } from './signatures.ts';
import { simulateCalls } from './transactions.ts';

export interface SignFlags extends OperatorFlags {
  readonly key?: string;
  readonly yes: boolean;
  /** Leave the signature at the relayers too. */
  readonly share: boolean;
  /** A deployment file, to show what the proposals change of it. */
  readonly deployment?: string;
}

interface Item extends Loaded {
  readonly state: GovernedState;
}

/** `pegway governance sign` */
export async function signProposals(names: string[], flags: SignFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  await using operator = await openOperator(flags, io);
  const loaded = names.length > 0 ? await load(operator, names) : await waitingFor(operator);
  await signAll(operator, loaded, flags, output, io);
}

/** The proposals that the relayers hold for the bridges' next nonces. */
async function waitingFor(operator: Operator): Promise<Loaded[]> {
  const shared = await readShared(operator.relayerUrls);
  const next: Loaded[] = [];
  for (const proposal of shared) {
    const state = await readGoverned(operator.sides[proposal.chain]);
    const { bridge, nonce, listEpoch } = proposal;
    const isNext = bridge === state.bridge && BigInt(nonce) === state.nonce && BigInt(listEpoch) === state.listEpoch;
    if (isNext && BigInt(proposal.deadline) >= state.timestamp) next.push({ proposal, file: undefined });
  }
  if (next.length > 0) return next;
  throw wrong(
    'no relayer that answers holds a proposal to sign',
    'name its file; or its author shares it with: pegway governance sign FILE',
  );
}

/**
 * Shows proposals, asks once, and signs each: in its file, where it has one, and at the relayers.
 * @throws {PegwayError} exit code 2 before any signature when one of them cannot be signed.
 */
export async function signAll(
  operator: Operator,
  loaded: readonly Loaded[],
  flags: SignFlags,
  output: Output,
  io: Io,
): Promise<void> {
  // Check all before signing any: two halves of a rotation are signed both or not at all.
  const items: Item[] = [];
  for (const { proposal, file } of loaded) {
    const state = await readGoverned(operator.sides[proposal.chain]);
    requireSignable(proposal, state);
    if (file === undefined && !flags.share) {
      throw wrong('there is no file to put the signature into', 'leave out --no-share: it is left at the relayers');
    }
    const notes = await simulateCalls(operator.sides[proposal.chain], proposal);
    const described = await describe(operator, proposal, state);
    output.say([described.text, ...notes].join('\n'));
    items.push({ proposal, file, state });
  }
  if (flags.deployment !== undefined) {
    output.say(
      await deploymentEffect(
        flags.deployment,
        items.map(({ proposal }) => proposal),
      ),
    );
  }

  const signer = await openKey(operator, flags.key);
  try {
    for (const { proposal, state } of items) {
      if (state.signers.includes(signer.address)) continue;
      throw wrong(
        `${signer.address} is not a signer of the ${proposal.chain} bridge (any more)`,
        `its signers are ${state.signers.join(', ')}; name one's key with --key URI`,
        'not-a-signer',
      );
    }
    await confirm(`Sign ${items.length === 1 ? 'it' : 'them'} as ${signer.address}?`, flags.yes, io);
    for (const item of items) {
      const signature = compactSignature(await signer.sign(preimageOf(item.proposal)));
      const signed = withSignature(item.proposal, { signer: signer.address, signature });
      await keep(operator, item, signed, flags, output);
    }
  } finally {
    await signer.close();
  }
}

/** Puts a signed proposal where the others find it. */
async function keep(operator: Operator, { file, state }: Item, signed: Proposal, flags: SignFlags, output: Output) {
  if (file !== undefined) writeProposal(file, signed);
  const shared = flags.share
    ? await output.waiting('the relayers to keep the signature', shareProposal(operator.relayerUrls, signed))
    : [];
  for (const { url, refusal } of shared) if (refusal !== undefined) output.say(`not kept by ${url}: ${refusal}`);
  const kept = shared.filter(({ refusal }) => refusal === undefined).length;
  if (kept === 0 && file === undefined) {
    throw new PegwayError('no relayer kept the signature', { hint: 'sign the file, and send it instead' });
  }
  const described = await describe(operator, signed, state);
  const where = [
    ...(file === undefined ? [] : [`written to ${file}`]),
    ...(kept > 0 ? [`kept by ${kept} relayers`] : flags.share ? ['kept by no relayer: send the file'] : []),
  ];
  const { counting } = described.counted;
  const { signer, signature } = signed.signatures.at(-1) ?? {};
  output.result(
    `proposal ${signed.nonce} for the ${signed.chain} bridge signed by ${signer ?? ''}; ` +
      `${counting.length} of the ${state.threshold} needed; ${where.join(', ')}\n  digest ${described.digest}` +
      (counting.length >= state.threshold ? '\n  next: pegway governance submit --payer URI' : ''),
    { signer, signature, file, keptByRelayers: kept, ...toValue(described, state) },
  );
}
