import type { Devnet } from '../devnet/start.ts';
import { sum } from './figure.ts';

/** Resources used by the relayers since their start. */
export interface Reading {
  readonly relayers: readonly Usage[];
}

interface Usage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly rpcRequests: number;
  readonly httpRequests: number;
  /** Received from nodes. */
  readonly bytes: number;
}

/** Reads every relayer's own metrics: what their operators see. */
export async function read(devnet: Devnet): Promise<Reading> {
  return { relayers: await Promise.all(devnet.members.map(({ metricsUrl }) => usage(metricsUrl))) };
}

async function usage(url: string): Promise<Usage> {
  const lines = (await (await fetch(url)).text()).split('\n');
  const total = (name: string) =>
    sum(
      lines
        .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
        .map((line) => Number(line.slice(line.lastIndexOf(' ')))),
    );
  return {
    cpuSeconds: total('process_cpu_seconds_total'),
    memoryBytes: total('process_resident_memory_bytes'),
    rpcRequests: total('pegway_rpc_requests_total'),
    httpRequests: total('pegway_rpc_http_requests_total'),
    bytes: total('pegway_rpc_received_bytes_total'),
  };
}

/** Resources used by the fleet between two readings. */
export interface Used {
  /** Of all relayers together. */
  readonly cpuSeconds: number;
  readonly httpRequests: number;
  /** Of one relayer, on average. */
  readonly rpcRequests: number;
  readonly bytes: number;
}

export function used(before: Reading, after: Reading): Used {
  const differences = (key: keyof Usage) =>
    after.relayers.map((relayer, index) => relayer[key] - (before.relayers[index]?.[key] ?? 0));
  const mean = (key: keyof Usage) => sum(differences(key)) / after.relayers.length;
  return {
    cpuSeconds: sum(differences('cpuSeconds')),
    httpRequests: sum(differences('httpRequests')),
    rpcRequests: mean('rpcRequests'),
    bytes: mean('bytes'),
  };
}

/** Watches the memory of all relayers; `stop` answers the most that any of them had, in bytes. */
export function watchMemory(devnet: Devnet): { stop(): number } {
  let most = 0;
  const timer = setInterval(() => {
    read(devnet).then(
      ({ relayers }) => (most = Math.max(most, ...relayers.map(({ memoryBytes }) => memoryBytes))),
      // One that is being started again does not answer.
      () => undefined,
    );
  }, 2_000);
  return {
    stop() {
      clearInterval(timer);
      return most;
    },
  };
}
