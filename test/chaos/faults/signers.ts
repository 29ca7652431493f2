import { encodeFunctionData, keccak256, numberToHex } from 'viem';

import { mainBridgeAbi } from '../../../sdk/index.ts';
import { sides } from '../../../protocol/lane.ts';
import { signDigest } from '../../support/sign.ts';
import { bridgeOf, keyOf, sendOnce, signersOf } from '../stranger.ts';
import type { Fault } from './fault.ts';
import { changeSigners, unpause } from './governing.ts';
import { makeJunk, mintJunk } from './junk.ts';

/** Longer than any transfer in flight can explain: see the audit's margin for clock skew. */
const LATE_SECONDS = 400;

export const signerFaults: readonly Fault[] = [
  {
    name: 'three signers approve junk on chain',
    kind: 'signers',
    weight: 2,
    async strike(net, random) {
      const rogues = random.some(await signersOf(net, 'product'), 3);
      await mintJunk(net, makeJunk(net, random), rogues);
    },
  },
  {
    name: 'a signer asks its peers to sign junk',
    kind: 'signers',
    weight: 2,
    async strike(net, random) {
      const { product } = net.devnet.file;
      const { reader, at } = bridgeOf(net, 'product');
      const thief = random.pick(await signersOf(net, 'product'));
      const signerEpoch = await reader.readContract({ ...at, functionName: 'signerEpoch' });
      const digest = keccak256(numberToHex(random.between(1, 1e9)));
      const body = JSON.stringify({
        ...{ kind: 'batch', direction: 'mint', chainId: product.chainId, bridge: product.bridge },
        ...{ productToken: net.tokens[0], firstNonce: '0', count: 1, digest, signerEpoch: signerEpoch.toString() },
        signature: await signDigest(keyOf(net, thief), digest),
      });
      const headers = { 'content-type': 'application/json' };
      const answers = await Promise.allSettled(
        net.devnet.members.map(({ apiUrl }) =>
          fetch(`${apiUrl}/v1/attestations`, { method: 'POST', headers, body, signal: AbortSignal.timeout(2_000) }),
        ),
      );
      for (const answer of answers) {
        if (answer.status === 'fulfilled' && answer.value.ok)
          throw new Error(`junk was signed: ${await answer.value.text()}`);
      }
    },
  },
  {
    name: 'a signer pauses a bridge, the others unpause it',
    kind: 'signers',
    weight: 2,
    async strike(net, random, last) {
      const side = random.pick(sides);
      const { reader, at } = bridgeOf(net, side);
      const { timestamp } = await reader.getBlock();
      const may = await Promise.all(
        (await signersOf(net, side)).map(async (signer) => {
          const allowedAt = await reader.readContract({ ...at, functionName: 'pauseAllowedAt', args: [signer] });
          return allowedAt <= timestamp ? [signer] : [];
        }),
      );
      // Each is accepted once in ten minutes.
      if (may.flat().length === 0) return;
      const digest = await reader.readContract({ ...at, functionName: 'pauseDigest' });
      const args = [await signDigest(keyOf(net, random.pick(may.flat())), digest)] as const;
      await sendOnce(net, side, encodeFunctionData({ abi: mainBridgeAbi, functionName: 'pause', args }));
      await last(random.between(2, 8));
      await unpause(net, side);
    },
  },
  {
    // Three remaining signers send the same junk before and after the rotation, from different positions in the list:
    // that would be six approvals if approvals counted across epochs.
    name: 'signers change in mid-flight',
    kind: 'signers',
    weight: 2,
    async strike(net, random) {
      const before = await signersOf(net, 'product');
      const [honest, rogues] = [before.slice(0, 3), before.slice(3)];
      const goes = random.pick(honest);
      const comes = net.devnet.members.find(({ address }) => !before.includes(address))?.address ?? goes;
      const next = [...rogues, ...honest.map((signer) => (signer === goes ? comes : signer))];
      const junk = makeJunk(net, random);
      await mintJunk(net, junk, rogues);
      for (const side of ['product', 'main'] as const) await changeSigners(net, side, next);
      await mintJunk(net, junk, rogues);
    },
  },
  {
    // No bridge survives a malicious quorum, but every other signer's audit must detect the theft.
    name: 'four signers mint without a deposit',
    kind: 'signers',
    weight: 0,
    async strike(net, random, last) {
      if (net.robbed.size > 0) return last(60);
      const { productToken, items } = makeJunk(net, random);
      const { reader, at } = bridgeOf(net, 'main');
      const departed = await reader.readContract({ ...at, functionName: 'outboundNonce', args: [productToken] });
      const rogues = (await signersOf(net, 'product')).slice(0, 4);
      net.robbed.add(productToken);
      await mintJunk(net, { productToken, firstNonce: departed + 10_000n, items }, rogues);
      await net.drivers.main.pass(LATE_SECONDS);
    },
  },
];
