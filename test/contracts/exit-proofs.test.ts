// Exits read the product chain's state by proofs as nodes return them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  type Address,
  type Hex,
  concat,
  encodeAbiParameters,
  getAddress,
  keccak256,
  numberToHex,
  parseAbiParameters,
  toHex,
  toRlp,
  zeroAddress,
} from 'viem';

import { address, holder, productSide, stranger } from './support/bridges.ts';
import { loadFixture, provider, publicClient, viem } from './support/network.ts';

const PEGS_SLOT = 11n;
const EXECUTED = 7n;
const PARKED = 8n;
const OUTBOUND_NONCE = 1n;

const slotOf = (key: bigint, mapping: bigint): bigint =>
  BigInt(keccak256(encodeAbiParameters(parseAbiParameters('uint256, uint256'), [key, mapping])));

interface AccountProof {
  accountProof: Hex[];
  storageProof: { proof: Hex[] }[];
}

const prove = async (account: Address, slot: bigint): Promise<Hex> => {
  const params = [account, [numberToHex(slot, { size: 32 })], 'latest'];
  const { accountProof, storageProof } = (await provider.request({ method: 'eth_getProof', params })) as AccountProof;
  return encodeAbiParameters(parseAbiParameters('bytes[], bytes[]'), [accountProof, storageProof[0]!.proof]);
};

describe('The state of the product chain', () => {
  const world = async () => {
    const side = await productSide({ capacity: 1_000n });
    const registry = await viem.deployContract('ExitAddress');
    const state = await viem.deployContract('ProductState', [side.address, registry.address]);
    await registry.write.setExitAddress([address(0x5afe)], { account: holder.account });
    const to = (amount: bigint) => ({ recipient: holder.account.address, amount });
    // Nonce 3 is over the limit; 4 and all of the next words are open.
    await side.execute(0n, [to(100n), to(200n), to(300n), to(5_000n)]);
    const redeemed = await side.depart(60n, address(0xabc));
    const { stateRoot } = await publicClient.getBlock();
    const peg = slotOf(BigInt(side.productToken), PEGS_SLOT);
    return { side, registry, state, redeemed, stateRoot, peg };
  };

  it('has the balances of all accounts, those without any too', async () => {
    const { side, state, stateRoot } = await loadFixture(world);
    for (const [account, balance] of [
      [holder.account.address, 540n],
      [stranger.account.address, 0n],
      [address(0xabc), 0n],
    ] as const) {
      const proof = await prove(side.productToken, slotOf(BigInt(account), 0n));
      assert.equal(await state.read.balanceOf([stateRoot, side.productToken, account, proof]), balance);
    }
  });

  it('has what departed, what was minted and what is parked', async () => {
    const { side, state, stateRoot, peg } = await loadFixture(world);
    const { productToken } = side;
    const departed = await prove(side.address, peg + OUTBOUND_NONCE);
    assert.equal(await state.read.outboundNonce([stateRoot, productToken, departed]), 1n);
    for (const nonce of [0n, 3n, 4n, 256n, 2n ** 40n]) {
      const bit = await prove(side.address, slotOf(nonce >> 8n, peg + EXECUTED));
      const record = await prove(side.address, slotOf(nonce, peg + PARKED));
      assert.equal(await state.read.executed([stateRoot, productToken, nonce, bit]), nonce < 4n, `bit ${nonce}`);
      assert.equal(await state.read.parked([stateRoot, productToken, nonce, record]), nonce === 3n, `parked ${nonce}`);
    }
  });

  it('has the addresses that accounts named for their exits', async () => {
    const { registry, state, stateRoot } = await loadFixture(world);
    for (const [account, named] of [
      [holder.account.address, address(0x5afe)],
      [stranger.account.address, zeroAddress],
    ] as const) {
      const proof = await prove(registry.address, slotOf(BigInt(account), 0n));
      assert.equal(await state.read.exitAddress([stateRoot, account, proof]), getAddress(named));
    }
  });

  it('is that of one block: the proof of another block, account or slot is refused', async () => {
    const { side, state, stateRoot } = await loadFixture(world);
    const account = holder.account.address;
    const read = (root: Hex, proof: Hex) => state.read.balanceOf([root, side.productToken, account, proof]);
    const other = await prove(side.productToken, slotOf(BigInt(address(1)), 0n));
    const elsewhere = await prove(side.address, slotOf(BigInt(account), 0n));
    await assert.rejects(read(stateRoot, elsewhere), /InvalidNode/);
    await assert.rejects(read(stateRoot, other), /InvalidNode|InvalidProofLength/);
    await side.depart(60n);
    const later = await prove(side.productToken, slotOf(BigInt(account), 0n));
    await assert.rejects(read(stateRoot, later), /InvalidNode/);
    const { stateRoot: laterRoot } = await publicClient.getBlock();
    assert.equal(await read(laterRoot, later), 480n);
  });

  it('is read in the slot of the question: that another one is empty shows nothing', async () => {
    const { side, registry, state, stateRoot, peg } = await loadFixture(world);
    const { productToken } = side;
    // Nonce 0 was minted and nonce 3 is parked; the words and records proven here are empty ones, of the bridge and of the registry.
    for (const [contract, nonce] of [
      [side.address, 256n],
      [registry.address, 0n],
    ] as const) {
      const bit = await prove(contract, slotOf(nonce >> 8n, peg + EXECUTED));
      await assert.rejects(state.read.executed([stateRoot, productToken, 0n, bit]), /Invalid/);
      const record = await prove(contract, slotOf(contract === side.address ? 4n : 3n, peg + PARKED));
      await assert.rejects(state.read.parked([stateRoot, productToken, 3n, record]), /Invalid/);
    }
    const departed = await prove(side.address, peg + OUTBOUND_NONCE + 1n);
    await assert.rejects(state.read.outboundNonce([stateRoot, productToken, departed]), /Invalid/);
    const named = await prove(side.productToken, slotOf(BigInt(holder.account.address), 0n));
    await assert.rejects(state.read.exitAddress([stateRoot, holder.account.address, named]), /Invalid/);
  });

  it('has the redeems of its receipts', async () => {
    const { side, state, redeemed } = await loadFixture(world);
    const { receiptsRoot } = await publicClient.getBlock();
    const receipt = await publicClient.getTransactionReceipt({ hash: redeemed });
    const logs = receipt.logs.map((log) => [log.address, log.topics as Hex[], log.data]);
    const list = toRlp(['0x01', toHex(receipt.cumulativeGasUsed), receipt.logsBloom, logs]);
    // The only receipt of its block: a leaf with the whole path, two nibbles.
    const leaf = toRlp(['0x2080', concat(['0x02', list])]);
    const log = logs.findIndex(([emitter]) => String(emitter).toLowerCase() === side.address.toLowerCase());
    const proofOf = (index: number, nodes = [leaf]): Hex =>
      encodeAbiParameters(parseAbiParameters('uint256, uint256, bytes[]'), [0n, BigInt(index), nodes]);

    const item = await state.read.redeem([receiptsRoot, proofOf(log)]);
    assert.deepEqual(
      [BigInt(item.productToken), item.nonce, BigInt(item.redeemer), BigInt(item.recipient), item.mainAmount],
      [BigInt(side.productToken), 0n, BigInt(holder.account.address), 0xabcn, 60n],
    );
    // The burn is an event of the token.
    const burn = logs.findIndex(([emitter]) => String(emitter).toLowerCase() !== side.address.toLowerCase());
    await assert.rejects(state.read.redeem([receiptsRoot, proofOf(burn)]), /NotARedeem/);
    const forged = toRlp(['0x2080', concat(['0x02', toRlp(['0x01', '0x01', receipt.logsBloom, logs])])]);
    await assert.rejects(state.read.redeem([receiptsRoot, proofOf(log, [forged])]), /TrieProofTraversalError/);
  });
});
