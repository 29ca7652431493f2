import { eventually } from '../../support/wait.ts';

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  /** Answers the samples of an instant query. */
  query(expr: string): Promise<readonly Sample[]>;
  /** Waits until this alert fires for these labels. */
  fires(alert: string, labels: Readonly<Record<string, string>>, seconds: number): Promise<void>;
  /** Waits until this alert does not fire for these labels. */
  isSilent(alert: string, labels: Readonly<Record<string, string>>, seconds: number): Promise<void>;
}

/** A running Prometheus by its HTTP interface. */
export function prometheusAt(url: string): Prometheus {
  const query = async (expr: string): Promise<readonly Sample[]> => {
    const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query: expr }) });
    const { data, error } = (await response.json()) as {
      data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
      error?: string;
    };
    if (data === undefined) throw new Error(`${expr}: ${error}`);
    return data.result.map(({ metric, value: [, text] }) => ({
      metric,
      value: Number(text.replace('Inf', 'Infinity')),
    }));
  };
  const firing = (alert: string, labels: Readonly<Record<string, string>>) => {
    const all = { alertname: alert, alertstate: 'firing', ...labels };
    const selector = Object.entries(all).map(([name, value]) => `${name}="${value}"`);
    return query(`ALERTS{${selector.join()}}`);
  };
  return {
    query,
    async fires(alert, labels, seconds) {
      await eventually(`${alert} fires`, async () => (await firing(alert, labels)).length > 0, seconds);
    },
    async isSilent(alert, labels, seconds) {
      await eventually(`${alert} is silent`, async () => (await firing(alert, labels)).length === 0, seconds);
    },
  };
}
