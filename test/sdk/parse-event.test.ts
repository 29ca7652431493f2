import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, encodeAbiParameters, encodeEventTopics } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { eventsOf } from '../../protocol/events.ts';
import { stringify } from '../../protocol/json.ts';
import { RelayerError } from '../../sdk/index.ts';
import { parseEvent } from '../../sdk/parse-event.ts';
import { holder, logOf, productToken } from '../relayer/support.ts';

const args = { productToken, nonce: 1n, depositor: holder };
const topics = encodeEventTopics({ abi: mainBridgeAbi, eventName: 'MainTokenDeposited', args }) as Hex[];
const types = ['address', 'uint256', 'uint256', 'uint64'].map((type) => ({ type }));
const data = encodeAbiParameters(types, [holder, 5n, 10n, 0n]);
const [event] = eventsOf({ side: 'main', chainId: 1, timestamp: 1n, log: { ...logOf(), topics, data } });
const sent = { ...event, cursor: 'm1.0.0_p0.0.0' };

describe('an event of a relayer', () => {
  it('is read as it was sent', () => {
    const { contract, bridge, id } = parseEvent(stringify(sent));
    assert.deepEqual({ contract, bridge, id }, { contract: event?.contract, bridge: event?.contract, id: event?.id });
  });

  it('of an earlier release names its emitter in `bridge` alone', () => {
    assert.equal(parseEvent(stringify({ ...sent, contract: undefined })).contract, event?.contract);
  });

  it('is refused without an emitter', () => {
    assert.throws(() => parseEvent(stringify({ ...sent, contract: undefined, bridge: undefined })), RelayerError);
  });
});
