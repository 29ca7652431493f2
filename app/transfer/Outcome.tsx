import { useState } from 'react';
import { writeContract } from 'wagmi/actions';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import type { TransferName } from '../../sdk/index.ts';
import { destinationOf } from '../../protocol/lane.ts';
import { failureText } from '../bridge/SendButton.tsx';
import { type Failure, failureOf } from '../bridge/send-transfer.ts';
import { chainInWallet } from '../wallet/chain.ts';
import type { Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { Notice } from '../parts/Notice.tsx';
import { linkTo } from '../router.ts';
import { WalletButton } from '../wallet/WalletButton.tsx';
import { useWallet } from '../wallet/useWallet.ts';
import { useTime, useWords } from '../i18n/i18n.ts';
import type { TransferFacts } from './facts.ts';

interface OutcomeProps {
  readonly name: TransferName;
  readonly facts: TransferFacts;
  readonly overview: Overview;
}

/** Exceptional states of a transfer, and the actions available. */
export function Outcome({ name, facts, overview }: OutcomeProps) {
  const words = useWords();
  const time = useTime();
  if (facts.releasableAt !== undefined)
    return <Parked name={name} releasableAt={facts.releasableAt} overview={overview} />;
  if (facts.refused !== undefined) {
    return <Notice kind="warning">{words.transfer.refused(time(facts.refused.bounceFrom))}</Notice>;
  }
  if (facts.status === 'bounced') {
    const nonce = facts.arrival?.returnNonce;
    return (
      <Notice kind="warning">
        {words.transfer.bounced}{' '}
        {nonce !== undefined && (
          <a href={linkTo({ name: 'transfer', direction: 'mint', productToken: name.productToken, nonce })}>
            {words.transfer.bouncedLink}
          </a>
        )}
      </Notice>
    );
  }
  return null;
}

/** Anyone may release it after its delay; the payment always goes to its recipient. */
function Parked({
  name,
  releasableAt,
  overview,
}: Pick<OutcomeProps, 'name' | 'overview'> & { readonly releasableAt: bigint }) {
  const words = useWords();
  const time = useTime();
  const machine = useMachine();
  const wallet = useWallet();
  const [state, setState] = useState<'sending' | Failure | undefined>();
  const side = destinationOf(name.direction);
  const missing = Number(releasableAt - overview.sides[side].head.timestamp);

  const release = async () => {
    setState('sending');
    try {
      const chainId = await chainInWallet(machine, side);
      const call = {
        address: machine.config.chains[side].bridge,
        abi: mainBridgeAbi,
        functionName: 'release',
      } as const;
      const args = [name.productToken, [name.nonce]] as const;
      await machine.readers[side].simulateContract({ ...call, args });
      await writeContract(machine.wagmi, { ...call, args, chainId });
    } catch (error) {
      setState(failureOf(error));
    }
  };
  return (
    <Notice kind="warning">
      <p>{words.transfer.parked(time(releasableAt))}</p>
      {missing > 0 ? (
        <p>{words.transfer.releaseIn(words.duration(missing))}</p>
      ) : wallet.address === undefined ? (
        <WalletButton />
      ) : (
        <button type="button" className="primary" disabled={state === 'sending'} onClick={() => void release()}>
          {state === 'sending' ? words.transfer.releasing : words.transfer.release}
        </button>
      )}
      {typeof state === 'object' && <p>{failureText(state, words)}</p>}
    </Notice>
  );
}
