import type { Address, Hex } from 'viem';
import { getWalletClient } from 'wagmi/actions';

import { PegwayError } from '../../protocol/errors.ts';
import { requireSettled } from '../../protocol/exits/balance-claim.ts';
import { exitTypedData } from '../../protocol/exits/exit-statement.ts';
import type { Snapshot } from '../../protocol/exits/snapshot.ts';
import { bridgeErrors, exitCalls } from '../../sdk/exit-calls.ts';
import { readExits } from '../../sdk/read-exits.ts';
import type { Machine } from '../context.ts';
import { chainInWallet } from '../wallet/chain.ts';
import type { OpenRow, RegisteredRow } from './claims.ts';

const abi = [...exitCalls, ...bridgeErrors] as const;

/** The request that the wallet is showing, or that waits for its block. */
export type ClaimStep =
  { readonly kind: 'switch' | 'fix' | 'sign' } | { readonly kind: 'register' | 'pay'; readonly symbol: string };

interface Sending {
  readonly exits: Address;
  /** The account that was shown: no other one of the wallet signs or pays. */
  readonly account: Address;
  readonly onStep: (step: ClaimStep) => void;
}

interface Registration extends Sending {
  readonly anchors: Address;
  readonly snapshot: Snapshot;
  readonly payout: Address;
  readonly rows: readonly OpenRow[];
}

/**
 * Registers balances: shows block B to the contract where nobody has, signs the recipient once, and sends each claim.
 * @throws the wallet's, the node's or the contract's error; what was registered before it remains.
 */
export async function registerClaims(machine: Machine, registration: Registration): Promise<void> {
  const { exits, anchors, account, snapshot, payout, rows, onStep } = registration;
  const send = await senderOf(machine, registration);
  const { settlement } = await readExits({ main: machine.readers.main, exits, anchors });
  requireSettled(snapshot, settlement);
  if (BigInt(settlement.stateRoot) === 0n) {
    onStep({ kind: 'fix' });
    await send.call('fix', [snapshot.header]);
  }
  onStep({ kind: 'sign' });
  const { chainId } = machine.config.chains.main;
  const signature = await send.writer.signTypedData(exitTypedData({ chainId, exits }, { account, payout }));
  for (const { peg, balance } of rows) {
    onStep({ kind: 'register', symbol: peg.tokens.product.symbol });
    const to = { payout, signature, proof: '0x' } as const;
    await send.call('claimBalance', [peg.productToken, account, to, balance.proof]);
  }
}

/** Pays registered claims, each to its own recipient. @throws as `registerClaims`. */
export async function payClaims(
  machine: Machine,
  sending: Sending & { readonly rows: readonly RegisteredRow[] },
): Promise<void> {
  const send = await senderOf(machine, sending);
  for (const { id, peg } of sending.rows) {
    sending.onStep({ kind: 'pay', symbol: peg.tokens.main.symbol });
    await send.call('pay', [id]);
  }
}

type Call =
  | readonly ['fix', readonly [Hex]]
  | readonly ['pay', readonly [Hex]]
  | readonly ['claimBalance', readonly [Address, Address, object, Hex]];

async function senderOf(machine: Machine, { exits, account, onStep }: Sending) {
  const { main } = machine.readers;
  const chainId = await chainInWallet(machine, 'main', () => onStep({ kind: 'switch' }));
  const writer = await getWalletClient(machine.wagmi, { chainId, account });
  return {
    writer,
    /** Nothing is sent that the contract would refuse now; resolves when it is in a block. */
    async call(...[functionName, args]: Call): Promise<void> {
      const call = { address: exits, abi, functionName, args, account } as const;
      await main.simulateContract(call as never);
      const hash = await writer.writeContract({ ...call, chain: writer.chain } as never);
      const { status, blockNumber } = await main.waitForTransactionReceipt({ hash });
      if (status === 'success') return;
      throw new PegwayError(`the transaction reverted in block ${blockNumber}: ${hash}`);
    },
  };
}
