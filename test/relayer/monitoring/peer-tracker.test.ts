import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Report, createFleet, stoppedDirections } from '../../../relayer/monitoring/peer-tracker.ts';
import { keys } from '../support.ts';

const signers = keys.map(({ address }) => address);
const [self, ...others] = signers as [(typeof signers)[0], ...typeof signers];
const at = (main: bigint, product = main, stopped: Report['stopped'] = []): Report => ({
  scanned: { main, product },
  stopped,
});
const peers = (...reports: (Report | undefined)[]) =>
  new Map(reports.flatMap((report, index) => (report === undefined ? [] : [[others[index] ?? self, report] as const])));

describe('signers in sync', () => {
  it('are not known before the first round', () => {
    assert.equal(createFleet(self).inSync('mint', signers), undefined);
  });

  it('are those that answered at the last round, this one among them', () => {
    const fleet = createFleet(self);
    fleet.see(at(10n), peers(at(10n), at(10n), at(10n), at(10n), at(10n)));
    assert.equal(fleet.inSync('mint', signers), 6);
    fleet.see(at(20n), peers(at(20n), undefined, at(20n)));
    assert.equal(fleet.inSync('mint', signers), 3);
  });

  it('do not include one that has not come to where this relayer stood a round ago', () => {
    const fleet = createFleet(self);
    fleet.see(at(10n), peers(at(9n)));
    assert.equal(fleet.inSync('mint', signers), 2, 'a moment behind is in sync');
    fleet.see(at(20n), peers(at(9n)));
    assert.equal(fleet.inSync('mint', signers), 1);
    assert.equal(fleet.isBehind('main', 8n), true);
    assert.equal(fleet.isBehind('main', 9n), false);
  });

  it('do not include one that signs nothing in that direction', () => {
    const fleet = createFleet(self);
    fleet.see(at(10n), peers(at(10n, 10n, ['mint']), at(10n)));
    assert.equal(fleet.inSync('mint', signers), 2);
    assert.equal(fleet.inSync('withdraw', signers), 3);
  });

  it('do not include who answers but is no signer', () => {
    const fleet = createFleet(self);
    fleet.see(at(10n), peers(at(10n), at(10n)));
    assert.equal(fleet.inSync('mint', signers.slice(0, 2)), 2);
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
