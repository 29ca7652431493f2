import type { OpsNet } from '../support/net.ts';
import { alertRules, secondsOf } from '../support/rules.ts';
import type { Labels, Pager } from './alertmanager.ts';
import { eventually } from '../../support/wait.ts';
import { heldFor } from '../support/hasty-rules.ts';
import { scaled } from './scaled.ts';

/** A fault with the alerts that it raises, and its repair as the runbook has it. */
export interface Drill {
  readonly alerts: readonly { readonly name: string; readonly labels?: Labels }[];
  /** The fault, in words. */
  readonly fault: string;
  /** What must hold before the fault; no part of the times. */
  prepare?(): Promise<unknown>;
  inject(): Promise<unknown>;
  /** The commands of the runbook, in words. */
  readonly repair: string;
  mend(): Promise<unknown>;
  /** Of an alert whose absence is the alarm: when the receiver has missed it, and when it has it again. */
  readonly absence?: { isMissed(): boolean; isBack(): boolean };
}

/** Seconds of one alert's walk. */
export interface Walked {
  readonly alert: string;
  readonly fault: string;
  readonly repair: string;
  /** From the fault to the message at the receiver, without `for`. */
  readonly toPage: number;
  /** The rule's `for`. */
  readonly holds: number;
  /** From the first command of the repair to the alert's end. */
  readonly toEnd: number;
}

/** A network with a Prometheus. */
type Watched = Pick<OpsNet, 'prometheus'>;

/** Of each wait, at least; above the 300 s that some expressions have. */
const WAIT_SECONDS = 420;

/** Walks one runbook: fault, page, repair, end of the alert. @throws when an alert does not come, or does not end. */
export async function walk(drill: Drill, { prometheus }: Watched, pager: Pager): Promise<Walked[]> {
  const rules = new Map(alertRules().map((rule) => [rule.alert, rule]));
  const { absence } = drill;
  await drill.prepare?.();
  for (const { name, labels = {} } of drill.alerts) {
    // Alertmanager sends no second message for an alert that ends and begins again within its `group_interval`.
    const selector = Object.entries({ alertname: name, ...labels }).map(([label, value]) => `${label}="${value}"`);
    const fired = `count_over_time(ALERTS{alertstate="firing",${selector.join()}}[75s])`;
    const isQuiet = async () => absence !== undefined || (await prometheus.query(fired)).length === 0;
    await eventually(`no ${name} of an earlier fault`, isQuiet, WAIT_SECONDS);
  }
  const began = performance.now();
  await drill.inject();
  const pages = await Promise.all(
    drill.alerts.map(async ({ name, labels = {} }) => {
      const seen = () => (absence === undefined ? pager.paged(name, labels, began) : now(absence.isMissed()));
      const at = await eventually(`a page of ${name}`, seen, WAIT_SECONDS);
      const duration = rules.get(name)?.for ?? '0s';
      const held = heldFor(duration, scaled[name]);
      return { name, labels, toPage: (at - began) / 1_000 - held, holds: secondsOf(duration) };
    }),
  );
  const repairing = performance.now();
  await drill.mend();
  return Promise.all(
    pages.map(async ({ name, labels, ...times }) => {
      if (absence === undefined) await prometheus.isSilent(name, labels, WAIT_SECONDS);
      else await eventually(`${name} again`, () => absence.isBack(), WAIT_SECONDS);
      return {
        ...{ alert: name, fault: drill.fault, repair: drill.repair, ...times },
        toEnd: (performance.now() - repairing) / 1_000,
      };
    }),
  );
}

/** The time, once something is so. */
const now = (isSo: boolean): number | undefined => (isSo ? performance.now() : undefined);

/** Walks drills one after another; a failure is reported, and the next begins. */
export async function walkInTurn(
  drills: readonly Drill[],
  net: Watched,
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
          `${one.alert}: paged after ${one.toPage.toFixed(1)} s and \`for\`, ended ${one.toEnd.toFixed(1)} s after the repair began`,
        );
      walked.push(...found);
    } catch (error) {
      say(`${names}: NOT WALKED: ${error instanceof Error ? error.message : String(error)}`);
      await drill.mend().catch(() => undefined);
    }
  }
  return walked;
}
