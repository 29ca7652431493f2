import type { Side } from '../../protocol/lane.ts';

/** Functions of a bridge that governance may call; `immediate` ones run as soon as a quorum has signed: they only take away. */
const administrative: Readonly<Record<string, { readonly sides: readonly Side[]; readonly immediate: boolean }>> = {
  setSigners: { sides: ['main', 'product'], immediate: false },
  setDelays: { sides: ['main', 'product'], immediate: false },
  openPeg: { sides: ['main', 'product'], immediate: false },
  retirePeg: { sides: ['main'], immediate: true },
  setGasCap: { sides: ['main'], immediate: false },
  setMinimum: { sides: ['main', 'product'], immediate: false },
  setLimit: { sides: ['main', 'product'], immediate: false },
  setFee: { sides: ['main', 'product'], immediate: false },
  setDepartMinimum: { sides: ['main', 'product'], immediate: false },
  lowerLimit: { sides: ['main', 'product'], immediate: true },
  voidParked: { sides: ['main', 'product'], immediate: true },
  revokeSignatures: { sides: ['main', 'product'], immediate: true },
  renew: { sides: ['main', 'product'], immediate: true },
  unpause: { sides: ['main', 'product'], immediate: true },
  prolongPause: { sides: ['main', 'product'], immediate: true },
};

/** Functions that governance may call at one side's bridge. */
export const functionsOf = (side: Side): string[] =>
  Object.keys(administrative).filter((name) => administrative[name]?.sides.includes(side));

export const isImmediate = (name: string): boolean => administrative[name]?.immediate === true;
