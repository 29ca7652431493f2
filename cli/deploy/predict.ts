import { type Address, getAddress } from 'viem';

import type { ArgumentText } from '../governance/call-codec.ts';
import { productTokenAddress } from './creation.ts';
import type { Change } from './differences.ts';
import type { BridgeReading, PegReading } from './read-bridge.ts';

/** A bridge as it will be when these calls have run, in all that a deployment file speaks of. Pure. */
export const predictReading = (reading: BridgeReading, calls: readonly Change[]): BridgeReading =>
  calls.reduce(after, reading);

const text = (argument: ArgumentText | undefined): string => String(argument);
const whole = (argument: ArgumentText | undefined): bigint => BigInt(text(argument));

function after(reading: BridgeReading, { function: name, args }: Change): BridgeReading {
  const withPeg = (change: Partial<PegReading>): BridgeReading => {
    const productToken = text(args['productToken']).toLowerCase();
    const pegs = reading.pegs.map((peg) =>
      peg.productToken.toLowerCase() === productToken ? { ...peg, ...change } : peg,
    );
    return { ...reading, pegs };
  };
  switch (name) {
    case 'setSigners': {
      const signers = (args['newSigners'] as readonly string[]).map((signer) => getAddress(signer));
      return { ...reading, signers, threshold: Number(args['newThreshold']) };
    }
    case 'setDelays': {
      const seconds = (delay: keyof BridgeReading['delays']) => Number(args[delay]);
      const delays = {
        governanceDelay: seconds('governanceDelay'),
        parkDelay: seconds('parkDelay'),
        pauseDuration: seconds('pauseDuration'),
        bounceDelay: seconds('bounceDelay'),
      };
      return { ...reading, delays };
    }
    case 'openPeg':
      return { ...reading, pegs: [...reading.pegs, openedPeg(reading, args)] };
    case 'setFee':
      return withPeg({ flat: whole(args['flat']), basisPoints: Number(args['basisPoints']) });
    case 'setDepartMinimum':
      return withPeg({ departMinimum: whole(args['departMinimum']) });
    case 'retirePeg':
      return withPeg({ retired: true });
    case 'setGasCap':
      return withPeg({ gasCap: Number(args['gasCap']) });
    case 'setMinimum':
      return withPeg({ minimum: whole(args['minimum']) });
    case 'setLimit':
    case 'lowerLimit':
      return withPeg({ capacity: whole(args['capacity']), refillPerSecond: whole(args['refillPerSecond']) });
    default:
      // The file has no pauses and no parked transfers.
      return reading;
  }
}

function openedPeg({ side, address, pegs }: BridgeReading, args: Change['args']): PegReading {
  const capacity = whole(args['capacity']);
  const common = {
    mainToken: getAddress(text(args['mainToken'])),
    numerator: whole(args['numerator']),
    denominator: whole(args['denominator']),
    retired: false,
    capacity,
    refillPerSecond: whole(args['refillPerSecond']),
    available: capacity,
    ...{ flat: 0n, basisPoints: 0 },
    ...{ maximumFlat: whole(args['maximumFlat']), departMinimum: whole(args['departMinimum']) },
  };
  if (side === 'main') {
    const productToken: Address = getAddress(text(args['productToken']));
    const [minimum, gasCap] = [whole(args['minimumDeposit']), Number(args['gasCap'])];
    return { ...common, productToken, minimum, gasCap, mainSymbol: undefined, token: undefined };
  }
  const words = { name: text(args['name']), symbol: text(args['symbol']), decimals: Number(args['decimals']) };
  return {
    ...common,
    productToken: productTokenAddress(address, words, pegs.length),
    minimum: whole(args['minimumRedeem']),
    gasCap: 0,
    mainSymbol: undefined,
    token: { ...words, code: '0x' },
  };
}
