import { printableUrl } from '../../relayer/peers/http.ts';
import type { Undelivered, WebhookStore } from '../../relayer/store/webhook-store.ts';
import type { Io } from '../io.ts';
import { openListOutput } from '../output.ts';
import { type Webhook, type WebhookFlags, configOf, withWebhookStore } from './configured-webhooks.ts';

/** Dead letters that are shown of one webhook. */
const SHOWN = 100;

/** `pegway webhooks list` */
export function listWebhooks(flags: WebhookFlags, io: Io): void {
  using output = openListOutput(flags.json, io);
  const config = configOf(flags, io);
  if (config.webhooks.length === 0) return output.say('the configuration has no webhooks');
  withWebhookStore(config, (store) => {
    for (const webhook of config.webhooks) {
      const state = stateOf(webhook, store);
      output.result(describe(state), state);
    }
  });
}

interface State {
  readonly name: string;
  /** Without credentials and query. */
  readonly url: string;
  readonly cursor: string | undefined;
  readonly disabled: string | undefined;
  readonly pending: number;
  readonly deadLetters: number;
  /** The oldest of them. */
  readonly shown: readonly Undelivered[];
}

const stateOf = ({ name, url }: Webhook, store: WebhookStore): State => {
  const { pending, deadLetters } = store.counts(name);
  return {
    ...{ name, url: printableUrl(url), cursor: store.cursor(name), disabled: store.disabled(name) },
    ...{ pending, deadLetters, shown: store.deadLetters(name, SHOWN) },
  };
};

function describe({ name, url, cursor, disabled, pending, deadLetters, shown }: State): string {
  const lines = [
    `${name}: ${url}${disabled === undefined ? '' : `, disabled: ${disabled}`}`,
    `  ${cursor === undefined ? 'nothing delivered yet' : `delivered up to ${cursor}`}; ${pending} wait for another attempt; ${deadLetters} dead letters`,
    ...shown.map(({ id, attempts, error }) => `  ${id}: ${attempts} attempts, the last: ${error}`),
  ];
  if (shown.length < deadLetters) lines.push(`  … and ${deadLetters - shown.length} more`);
  if (deadLetters > 0) lines.push(`  deliver them again: pegway webhooks replay ${name}`);
  if (disabled !== undefined) lines.push(`  resume: pegway webhooks enable ${name}`);
  return lines.join('\n');
}
