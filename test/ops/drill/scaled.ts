import type { Scaled } from '../support/hasty-rules.ts';

/** Rules with times of minutes to days, for the drill. docs/operations.md lists them. */
export const scaled: Readonly<Record<string, Scaled>> = {
  LoopStands: { expr: [['> 300', '> 30']] },
  'pegway:peg_outflow:ratio10m': { expr: [['offset 10m', 'offset 1m']] },
  CostsExceedFees: { expr: [['[7d]', '[1m]']], holds: 10 },
  AnchorOld: { expr: [['> 86400', '> 60']] },
  // Of an `exitDelay` of seven days.
  ExitNear: { expr: [['< 4 * 86400', '< 7 * 86400 - 60']] },
  WebhookFailing: { expr: [['> 900', '> 30']] },
};
