import type { ServerResponse } from 'node:http';

import { type BadServer, type Received, sendJson, startBadServer } from './bad-server.ts';
import type { Says } from './node.ts';

/** How a node behaves; may be changed at any time. */
export type Behaviour =
  | { readonly kind: 'says'; readonly says: Says }
  /** Accepts connections and never answers. */
  | { readonly kind: 'hangs' }
  | { readonly kind: 'slow'; readonly says: Says; readonly milliseconds: number }
  /** Closes each connection. */
  | { readonly kind: 'refuses' };

export interface FaultyNode extends BadServer {
  behaviour: Behaviour;
  /** Resolves when the first request arrives. */
  readonly asked: Promise<void>;
}

export async function startFaultyNode(behaviour: Behaviour): Promise<FaultyNode> {
  const asked = Promise.withResolvers<undefined>();
  const node = { behaviour, asked: asked.promise };

  const answer = (received: Received, response: ServerResponse): void => {
    const { behaviour: now } = node;
    asked.resolve(undefined);
    const send = (says: Says): void => {
      const items = received.calls.map(({ id, method, params }) => ({
        ...{ jsonrpc: '2.0', id, result: says(method, params) },
      }));
      sendJson(response, received.isBatch ? items : items[0]);
    };
    if (now.kind === 'says') return send(now.says);
    if (now.kind === 'refuses') return void response.destroy();
    if (now.kind === 'slow') setTimeout(() => !response.destroyed && send(now.says), now.milliseconds);
  };
  return Object.assign(node, await startBadServer(answer));
}
