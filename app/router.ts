import { useSyncExternalStore } from 'react';
import { type Address, type Hex, getAddress, isAddress } from 'viem';

import { type Direction, directions } from '../protocol/lane.ts';
import { views } from './views.ts';

/** The page's route, in the URL fragment, so that any static web server can serve it. */
export type Route =
  | { readonly name: 'bridge' | 'history' | 'explorer' | 'analytics' | 'receipt' | 'supply' | 'signers' | 'exits' }
  /** A transfer that is sent and not mined yet. */
  | { readonly name: 'sent'; readonly direction: Direction; readonly hash: Hex }
  | { readonly name: 'transfer'; readonly direction: Direction; readonly productToken: Address; readonly nonce: bigint }
  | { readonly name: 'unknown'; readonly path: string };

const isOneOf = <T extends string>(list: readonly T[], text: string | undefined): text is T =>
  list.some((item) => item === text);

export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#?\/?/, '');
  const [name = '', direction, second = '', nonce = '', ...more] = path.split('/');
  if (path === '') return { name: 'bridge' };
  // Reached from other views, not from the header.
  if (path === 'exits' || path === 'analytics' || path === 'receipt' || isOneOf(views, path)) return { name: path };
  if (more.length === 0 && isOneOf(directions, direction)) {
    if (name === 'sent' && /^0x[0-9a-f]{64}$/i.test(second) && nonce === '') {
      return { name, direction, hash: second as Hex };
    }
    if (name === 'transfer' && isAddress(second, { strict: false }) && /^\d{1,20}$/.test(nonce)) {
      return { name, direction, productToken: getAddress(second), nonce: BigInt(nonce) };
    }
  }
  return { name: 'unknown', path };
}

export function linkTo(route: Exclude<Route, { name: 'unknown' }>): string {
  switch (route.name) {
    case 'sent':
      return `#/sent/${route.direction}/${route.hash}`;
    case 'transfer':
      return `#/transfer/${route.direction}/${route.productToken}/${route.nonce}`;
    default:
      return `#/${route.name}`;
  }
}

const subscribe = (changed: () => void): (() => void) => {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
};

export const useRoute = (): Route => parseRoute(useSyncExternalStore(subscribe, () => window.location.hash));

/** Replaces the current route, so that Back does not lead to a view that no longer exists. */
export function replaceRoute(route: Exclude<Route, { name: 'unknown' }>): void {
  window.location.replace(linkTo(route));
}
