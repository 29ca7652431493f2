import { bridge, findings } from './en/bridge.ts';
import { exitClaims } from './en/exit-claims.ts';
import { analytics, explorer, history, supply } from './en/explorer.ts';
import { governance } from './en/governance.ts';
import { page } from './en/page.ts';
import { reasons } from './en/reasons.ts';
import { exits, signers } from './en/signers.ts';
import { receipt, status, transfer } from './en/transfer.ts';

/** English texts, by view; `ko/` mirrors them in Korean. Functions take values that are formatted for display. */
export const en = {
  ...page,
  bridge,
  findings,
  transfer,
  status,
  reasons,
  receipt,
  history,
  explorer,
  analytics,
  supply,
  signers,
  exits,
  exitClaims,
  governance,
};

export type Words = typeof en;
