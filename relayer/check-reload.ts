import { PegwayError, messageOf } from '../protocol/errors.ts';
import { limit } from './async/limit.ts';
import type { Keys } from './bootstrap.ts';
import { checkBridge } from './check-bridge.ts';
import { type Config, bridgeIdOf } from './config.ts';
import type { Problem } from './api/health.ts';
import type { ReloadPlan } from './reload/plan-reload.ts';

/** Bridges checked at once: each opens connections of its own. */
const AT_ONCE = 8;

/**
 * Asserts that the bridges of a plan can be opened: the chains serve them, each pair names each other, and the keys open.
 * @param problems Those of a running bridge, by id.
 * @throws {PegwayError} exit code 2 where the configuration is wrong; 1 while that is unknown.
 */
export async function checkReload(
  { stop, start }: ReloadPlan,
  { keys, problems }: { readonly keys: Keys; readonly problems: (id: string) => readonly Problem[] },
): Promise<void> {
  const inTurn = limit(AT_ONCE);
  await Promise.all(
    start.map((bridge) =>
      inTurn(async () => {
        try {
          if (stop.includes(bridgeIdOf(bridge))) assertReopens(problems(bridgeIdOf(bridge)));
          await checkBridge(bridge, (_part, action) => action());
          await keys.attestingWith(bridge.key);
        } catch (error) {
          throw named(bridge, error);
        }
      }),
    ),
  );
}

/** Rule 7: after a reversal a bridge signs nothing until an operator restarts it. An edit for another reason is no restart. */
function assertReopens(problems: readonly Problem[]): void {
  if (!problems.some(({ code }) => code === 'finality-reversed')) return;
  throw new PegwayError('a finalized block was reorged: it needs a restart', { exitCode: 2 });
}

function named({ name }: Config, error: unknown): unknown {
  if (name === '' || !(error instanceof PegwayError)) return error;
  const { code, exitCode, hint } = error;
  return new PegwayError(`bridges.${name}: ${messageOf(error)}`, {
    ...{ cause: error, exitCode },
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
  });
}
