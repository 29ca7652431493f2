import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type SignerReport, createPeerTracker, stoppedDirections } from '../../../relayer/monitoring/peer-tracker.ts';
import { keys } from '../support.ts';

const signers = keys.map(({ address }) => address);
const [self, ...others] = signers as [(typeof signers)[0], ...typeof signers];
const at = (main: bigint, product = main, stopped: SignerReport['stopped'] = []): SignerReport => ({
  scanned: { main, product },
  stopped,
});
const peers = (...reports: (SignerReport | undefined)[]) =>
  new Map(reports.flatMap((report, index) => (report === undefined ? [] : [[others[index] ?? self, report] as const])));

describe('signers in sync', () => {
  it('are not known before the first round', () => {
    assert.equal(createPeerTracker(self).inSync('mint', signers), undefined);
  });

  it('are those that answered at the last round, this one among them', () => {
    const peerTracker = createPeerTracker(self);
    peerTracker.update(at(10n), peers(at(10n), at(10n), at(10n), at(10n), at(10n)));
    assert.equal(peerTracker.inSync('mint', signers), 6);
    peerTracker.update(at(20n), peers(at(20n), undefined, at(20n)));
    assert.equal(peerTracker.inSync('mint', signers), 3);
  });

  it('do not include one that has not come to where this relayer stood a round ago', () => {
    const peerTracker = createPeerTracker(self);
    peerTracker.update(at(10n), peers(at(9n)));
    assert.equal(peerTracker.inSync('mint', signers), 2, 'a moment behind is in sync');
    peerTracker.update(at(20n), peers(at(9n)));
    assert.equal(peerTracker.inSync('mint', signers), 1);
    assert.equal(peerTracker.isBehind('main', 8n), true);
    assert.equal(peerTracker.isBehind('main', 9n), false);
  });

  it('do not include one that signs nothing in that direction', () => {
    const peerTracker = createPeerTracker(self);
    peerTracker.update(at(10n), peers(at(10n, 10n, ['mint']), at(10n)));
    assert.equal(peerTracker.inSync('mint', signers), 2);
    assert.equal(peerTracker.inSync('withdraw', signers), 3);
  });

  it('do not include who answers but is no signer', () => {
    const peerTracker = createPeerTracker(self);
    peerTracker.update(at(10n), peers(at(10n), at(10n)));
    assert.equal(peerTracker.inSync('mint', signers.slice(0, 2)), 2);
  });
});

describe('a direction is stopped', () => {
  const lane = { direction: 'mint' } as const;

  it('by a lane that is, whatever the others do', () => {
    assert.deepEqual(stoppedDirections([lane, { ...lane, reason: 'second-content' }]), ['mint']);
  });

  it('not by a pause, which holds for all signers alike', () => {
    assert.deepEqual(stoppedDirections([{ ...lane, reason: 'paused' }]), []);
  });
});
