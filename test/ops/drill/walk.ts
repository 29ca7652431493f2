import type { OpsNet } from '../support/net.ts';
import { alertRules, secondsOf } from '../support/rules.ts';
import type { Labels, Pager } from './alertmanager.ts';
import { eventually } from '../../support/wait.ts';

/** A fault with the alerts that it raises, and its repair as the runbook has it. */
export interface Drill {
  readonly alerts: readonly { readonly name: string; readonly labels?: Labels }[];
  /** The fault, in words. */
  readonly fault: string;
  inject(): Promise<unknown>;
  /** The commands of the runbook, in words. */
  readonly repair: string;
  mend(): Promise<unknown>;
}

/** Seconds of one alert's walk. */
export interface Walked {
  readonly alert: string;
  readonly fault: string;
  readonly repair: string;
  /** From the fault to the message at the receiver, with `for` at a twelfth. */
  readonly toPage: number;
  /** The rule's `for` in full. */
  readonly holds: number;
  /** From the first command of the repair to the alert's end. */
  readonly toEnd: number;
}

/** Of each wait, at least; above the 300 s that some expressions have. */
const WAIT_SECONDS = 420;

/** Walks one runbook: fault, page, repair, end of the alert. @throws when an alert does not come, or does not end. */
export async function walk(drill: Drill, { prometheus }: OpsNet, pager: Pager): Promise<Walked[]> {
  const rules = new Map(alertRules().map((rule) => [rule.alert, rule]));
  const began = performance.now();
  await drill.inject();
  const pages = await Promise.all(
    drill.alerts.map(async ({ name, labels = {} }) => {
      const at = await eventually(`a page of ${name}`, () => pager.paged(name, labels, began), WAIT_SECONDS);
      return { name, labels, toPage: (at - began) / 1_000 };
    }),
  );
  const repairing = performance.now();
  await drill.mend();
  return Promise.all(
    pages.map(async ({ name, labels, toPage }) => {
      await prometheus.isSilent(name, labels, WAIT_SECONDS);
      return {
        ...{ alert: name, fault: drill.fault, repair: drill.repair, toPage },
        holds: secondsOf(rules.get(name)?.for ?? '0s'),
        toEnd: (performance.now() - repairing) / 1_000,
      };
    }),
  );
}

/** Walks drills one after another; a failure is reported, and the next begins. */
export async function walkInTurn(
  drills: readonly Drill[],
  net: OpsNet,
  pager: Pager,
  say: (line: string) => void,
): Promise<Walked[]> {
  const walked: Walked[] = [];
  for (const drill of drills) {
    const names = drill.alerts.map(({ name }) => name).join(', ');
    try {
      const found = await walk(drill, net, pager);
      for (const one of found)
        say(
          `${one.alert}: paged after ${one.toPage.toFixed(1)} s, ended ${one.toEnd.toFixed(1)} s after the repair began`,
        );
      walked.push(...found);
    } catch (error) {
      say(`${names}: NOT WALKED: ${error instanceof Error ? error.message : String(error)}`);
      await drill.mend().catch(() => undefined);
    }
  }
  return walked;
}
