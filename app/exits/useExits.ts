import { useQuery } from '@tanstack/react-query';
import { type Address, zeroAddress } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { exitViews } from '../../sdk/exit-views.ts';
import { type ExitStatus, readExits } from '../../sdk/read-exits.ts';
import { type Machine, useMachine } from '../context.ts';

/** The exits of a bridge: `none` when it was deployed without. */
export type Exits = 'none' | DeployedExits;

/** With the addresses of both contracts. */
export type DeployedExits = ExitStatus & Readonly<Record<'exits' | 'anchors', Address>>;

/** Read from the main chain alone; undefined until it has answered. */
export function useExits(): Exits | undefined {
  const machine = useMachine();
  return useQuery({
    queryKey: ['exits'],
    // Days pass between two phases.
    refetchInterval: machine.config.pollSeconds * 10_000,
    queryFn: () => exitsOf(machine),
  }).data;
}

async function exitsOf({ readers: { main }, config }: Machine): Promise<Exits> {
  const atBridge = { address: config.chains.main.bridge, abi: mainBridgeAbi } as const;
  const exits = await main.readContract({ ...atBridge, functionName: 'exits' });
  if (exits === zeroAddress) return 'none';
  const anchors = await main.readContract({ address: exits, abi: exitViews, functionName: 'anchors' });
  return { exits, anchors, ...(await readExits({ main, exits, anchors })) };
}
