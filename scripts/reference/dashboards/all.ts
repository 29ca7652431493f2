import { chains } from './chains.ts';
import { fees } from './fees.ts';
import { fleet } from './fleet.ts';
import type { Dashboard } from './grafana.ts';
import { pegs } from './pegs.ts';
import { signer } from './signer.ts';
import { transactions } from './transactions.ts';
import { webhooks } from './webhooks.ts';

export const dashboards: readonly Dashboard[] = [fleet, signer, pegs, chains, transactions, fees, webhooks];
