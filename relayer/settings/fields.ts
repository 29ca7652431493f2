import { z } from 'zod';

import { isAddressRange } from '../callers/address.ts';
import { HOST_PORT, readHostPort } from '../host-port.ts';

export const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' });

export const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected a name of a–z, 0–9 and -, at most 40');

export const listen = z
  .string()
  .trim()
  .regex(HOST_PORT, 'expected HOST:PORT, an IPv6 host in brackets, for example 127.0.0.1:7300 or [::1]:7300')
  .transform(readHostPort)
  .refine(({ port }) => port <= 65535, 'expected a port from 0 to 65535');

export const addressRange = z
  .string()
  .refine(isAddressRange, 'expected an IP address or a range, for example 10.0.0.0/8 or 2001:db8::/32');

export const QUEUE_HINT = 'expected redis://HOST:PORT, rediss://HOST:PORT, or nothing for a queue in this process';

export const redisUrl = z.url({ protocol: /^rediss?$/, error: QUEUE_HINT });

export const seconds = z.number().positive();

export const wei = z
  .string()
  .regex(/^\d+$/, 'expected a whole number of wei as a string, for example "200000000000"')
  .transform((text) => BigInt(text));

export const amount = z
  .string()
  .regex(/^\d+$/, 'expected a whole number of base units as a string, for example "1000000000000000000"')
  .transform((text) => BigInt(text));
