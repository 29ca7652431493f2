import { holderOf } from '../../cli/devnet/devnet-holder.ts';
import type { DevnetBridge } from '../../cli/devnet/start.ts';
import { type Departure, deposit, mainBridgeAbi, redeem, status } from '../../sdk/index.ts';
import { ONE, type TestNet } from './devnet.ts';
import { eventually } from './wait.ts';

export type UsedBridge = ReturnType<typeof useBridge>;

/** A holder's actions at one bridge of several. */
export function useBridge(net: TestNet, bridge: DevnetBridge) {
  const holder = holderOf(bridge, net.devnet.file.holders[0]?.privateKey ?? '0x');
  const request = { productToken: bridge.pegs[0]?.productToken ?? '0x', amount: ONE, recipient: holder.address };
  const destination = ({ direction }: Departure) => (direction === 'mint' ? holder.product : holder.main);
  const isOpen = async (one: Departure) => (await status(destination(one), one)) === 'open';
  return {
    ...{ ...bridge, isOpen },
    deposit: () => deposit(holder.main, request),
    redeem: () => redeem(holder.product, request),
    arrives: (one: Departure) => eventually(`${bridge.name} ${one.nonce}`, async () => !(await isOpen(one))),
    /** Number of executions in the events of its destination. */
    async executions(one: Departure): Promise<number> {
      const { reader, bridge: address } = destination(one);
      const logs = await reader.getContractEvents({
        ...{ address, abi: mainBridgeAbi, eventName: 'TransfersExecuted', args: { productToken: one.productToken } },
        ...{ fromBlock: 0n, strict: true },
      });
      return logs.filter(({ args }) => {
        const place = one.nonce - args.firstNonce;
        return place >= 0n && place < 256n && ((args.mask >> place) & 1n) === 1n;
      }).length;
    },
  };
}
