import { isIPv6 } from 'node:net';

/** An address to listen on; an IPv6 host is without brackets here. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, with an IPv6 host in brackets. A bare `::1:7300` could also be the host `::1:7300`. */
export const HOST_PORT = /^(?:\[([0-9a-fA-F:.]+(?:%[^\]]+)?)\]|([^:[\]\s]+)):(\d{1,5})$/;

/** Reads a text that matches {@link HOST_PORT}. */
export function readHostPort(text: string): HostPort {
  const [, ipv6, host, port] = HOST_PORT.exec(text) ?? [];
  return { host: ipv6 ?? host ?? '', port: Number(port) };
}

/** As in a URL. */
export const printHostPort = ({ host, port }: HostPort): string =>
  isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;

const loopbacks: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The URL of a server for programs on its host: one that listens on all interfaces is reached through the loopback. */
export const localUrl = ({ host, port }: HostPort): string =>
  `http://${printHostPort({ host: loopbacks[host] ?? host, port })}`;
