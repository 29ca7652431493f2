import type { Words } from './en.ts';
import { bridge, findings } from './ko/bridge.ts';
import { exitClaims } from './ko/exit-claims.ts';
import { analytics, explorer, history, supply } from './ko/explorer.ts';
import { governance } from './ko/governance.ts';
import { page } from './ko/page.ts';
import { reasons } from './ko/reasons.ts';
import { exits, signers } from './ko/signers.ts';
import { receipt, status, transfer } from './ko/transfer.ts';

export const ko: Words = {
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
