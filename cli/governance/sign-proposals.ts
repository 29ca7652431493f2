import { compactSignature } from '../../protocol/attestation.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { Io } from '../io.ts';
import { openOutput, wrong } from '../output.ts';
import { requireSignable } from './requirements.ts';
import { confirm } from '../confirm-action.ts';
import { describe, toValue } from './describe-proposal.ts';
import { load, writeProposal } from './proposal-files.ts';
import { preimageOf } from './proposal.ts';
import { shareProposal } from './relayers.ts';
import { withSignature } from './signatures.ts';
import { simulateCalls } from './transactions.ts';
import { readGoverned } from './governed-state.ts';
import { type OperatorFlags, openKey, openOperator } from './operator.ts';

interface SignFlags extends OperatorFlags {
  readonly key?: string;
  readonly yes: boolean;
  readonly share: boolean;
}

/** `pegway governance sign` */
export async function signProposals(names: string[], flags: SignFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  await using operator = await openOperator(flags, io);
  // Check all before signing any: two halves of a rotation are signed both or not at all.
  const items = [];
  for (const { proposal, file } of await load(operator, names)) {
    const state = await readGoverned(operator.sides[proposal.chain]);
    requireSignable(proposal, state);
    if (file === undefined && !flags.share) {
      throw wrong('there is no file to put the signature into', 'add --share to leave it at the relayers');
    }
    const notes = await simulateCalls(operator.sides[proposal.chain], proposal);
    const described = await describe(operator, proposal, state);
    output.say([described.text, ...notes].join('\n'));
    items.push({ proposal, file, state });
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
    for (const { proposal, file, state } of items) {
      const signature = compactSignature(await signer.sign(preimageOf(proposal)));
      const signed = withSignature(proposal, { signer: signer.address, signature });
      if (file !== undefined) writeProposal(file, signed);
      const shared = flags.share ? await shareProposal(operator.relayerUrls, signed) : [];
      for (const { url, refusal } of shared) {
        if (refusal !== undefined) output.say(`not kept by ${url}: ${refusal}`);
      }
      const kept = shared.filter(({ refusal }) => refusal === undefined).length;
      if (flags.share && kept === 0) {
        throw new PegwayError('no relayer kept the signature', { hint: 'send the file instead' });
      }
      const described = await describe(operator, signed, state);
      const where = [
        ...(file === undefined ? [] : [`written to ${file}`]),
        ...(flags.share ? [`kept by ${kept} relayers`] : []),
      ];
      const { counting } = described.counted;
      output.result(
        `proposal ${proposal.nonce} for the ${proposal.chain} bridge signed by ${signer.address}; ` +
          `${counting.length} of the ${state.threshold} needed; ${where.join(', ')}\n  digest ${described.digest}`,
        { signer: signer.address, signature, file, keptByRelayers: kept, ...toValue(described, state) },
      );
    }
  } finally {
    await signer.close();
  }
}
