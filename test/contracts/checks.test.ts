// Every condition on which a contract refuses, each part of it alone, and the test that reaches it. A check that comes, goes or
// changes makes this fail, as does a test that is renamed. What happens then is told in the tests; here, that none was forgotten.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, it } from 'node:test';

/** By error and part of the condition as the contract writes it: the file and (a part of) the name of a test. */
const reached: Readonly<Record<string, readonly [file: string, test: string]>> = {
  'Bridge.InvalidRemote remoteChainId_ == 0': ['main-bridge', 'to its own chain, to none or to no bridge'],
  'Bridge.InvalidRemote remoteChainId_ == block.chainid': ['main-bridge', 'to its own chain, to none or to no bridge'],
  'Bridge.InvalidRemote remoteBridge_ == address(0)': ['main-bridge', 'to its own chain, to none or to no bridge'],
  'Bridge.NotParked item.releasableAt != 0': ['limits', 'nothing was parked that never came'],
  'Bridge.NotParked state.parked[nonce].releasableAt != 0': ['limits', 'nothing was parked that never came'],
  'Bridge.NotReleasable block.timestamp >= item.releasableAt': ['limits', 'what is parked cannot go a second too soon'],
  'Bridge.LimitNotLower capacity > state.bucket.capacity': ['limits', 'is lowered at once, and only lowered'],
  'Bridge.LimitNotLower (state.limited': ['limits', 'is lowered at once, and only lowered'],
  'Bridge.LimitNotLower refillPerSecond > state.bucket.refillPerSecond)': [
    'limits',
    'is lowered at once, and only lowered',
  ],
  'Bridge.InvalidTransfers length % Transfers.ITEM_LENGTH != 0': ['executions', 'of no items, of a part of one'],
  'Bridge.InvalidTransfers count == 0': ['executions', 'of no items, of a part of one'],
  'Bridge.InvalidTransfers count > Transfers.MAXIMUM': ['executions', 'of no items, of a part of one'],
  'Bridge.AlreadyExecuted open == 0': ['executions', 'that was executed is refused before its signatures'],
  'Bridge.BridgePaused block.timestamp < state.pausedUntil': ['executions', 'is refused while the bridge is paused'],
  'Bridge.MissingSignatures complete': ['signer-set', 'are refused when they say nothing new and are too few'],
  'Bridge.AmountTooLarge amount <= maximum': ['departures', 'beyond 128 bits is refused'],
  'Bridge.AmountBelowMinimum amount >= minimum': ['departures', 'below the minimum is refused'],
  'Bridge.InexactAmount amount % divisor == 0': ['departures', 'of an amount that does not convert is refused'],
  'Bridge.ForbiddenRecipient recipient == address(0)': [
    'departures',
    'to whom the other chain could not pay is refused',
  ],
  'Bridge.ForbiddenRecipient recipient == productToken': [
    'departures',
    'to whom the other chain could not pay is refused',
  ],
  'Bridge.ForbiddenRecipient recipient == mainToken': [
    'departures',
    'to whom the other chain could not pay is refused',
  ],
  'Bridge.ForbiddenRecipient recipient == address(this)': [
    'departures',
    'to whom the other chain could not pay is refused',
  ],
  'Bridge.ForbiddenRecipient recipient == remoteBridge': [
    'departures',
    'to whom the other chain could not pay is refused',
  ],
  'Bridge.UnknownPeg state.mainToken != address(0)': [
    'departures',
    'of an unknown peg, or of a retired one, is refused',
  ],
  'Bridge.PegExists state.mainToken == address(0)': ['main-bridge', 'is refused with values that say why'],
  'Bridge.UnknownPeg mainToken == address(0)': ['product-bridge', 'is refused with values that say why'],
  'Bridge.UnknownPeg productToken == address(0)': ['main-bridge', 'is refused with values that say why'],
  'Bridge.InvalidRate numerator == 0': ['product-bridge', 'is refused with values that say why'],
  'Bridge.InvalidRate denominator == 0': ['product-bridge', 'is refused with values that say why'],
  'Bridge.InvalidRate _greatestCommonDivisor(numerator, denominator) != 1': [
    'product-bridge',
    'is refused with values that say why',
  ],
  'Bridge.InvalidLimit capacity != 0': ['main-bridge', 'is refused with values that say why'],
  'Bridge.InvalidMinimum minimum != 0': ['main-bridge', 'is refused with values that say why'],
  'Bridge.InvalidMinimum minimum % multiple == 0': ['main-bridge', 'is refused with values that say why'],
  'Governed.OnlyGovernance msg.sender == address(this)': ['governed', 'is refused to all but governance'],
  'Governed.NotASigner _isSigner(signer)': ['pause', 'is refused to a stranger'],
  'Governed.PauseTooSoon block.timestamp >= allowedAt': [
    'pause',
    'is refused to its signer for ten times its duration',
  ],
  'Governed.DeadlinePassed block.timestamp <= deadline': ['governed', 'is refused after its deadline'],
  'Governed.NotPending callsHash == pending.callsHash': ['governed', 'is refused when nothing is pending'],
  'Governed.OutsideWindow block.timestamp < pending.executableAt': ['governed', 'a second before its delay is over'],
  'Governed.OutsideWindow block.timestamp >= expiresAt': ['governed', 'when seven days are over'],
  'Governed.EpochChanged pending.signerEpoch == signerEpoch()': [
    'governed',
    'is worth nothing in another signer epoch',
  ],
  'Governed.BridgeNotPaused paused()': ['pause', 'cannot be set to now by an unpause when nothing is paused'],
  'Governed.InvalidPauseEnd until <= block.timestamp': ['pause', 'cannot be set to now'],
  'Governed.InvalidPauseEnd until <= pausedUntil()': ['pause', 'cannot be set to what is no later than it is'],
  'Governed.InvalidPauseEnd until > type(uint40).max': ['pause', 'nor beyond 40 bits'],
  'Governed.BridgePaused block.timestamp < until': ['departures', 'lets nothing depart'],
  'Governed.UnknownCall known': ['governed', 'is refused when it names anything but'],
  'Governed.InvalidDelay newDelays.pauseDuration != 0': ['governed', 'a pause of no length'],
  'Governed.InvalidDelay found <= MAXIMUM_DELAY': ['governed', 'above thirty days'],
  'MainBridge.UnknownPeg token == address(0)': ['main-bridge', 'of an unknown peg is refused'],
  'MainBridge.AlreadyExecuted !waits': ['limits', 'goes back to the redeemer all the same, and is not parked any more'],
  'MainBridge.AlreadyExecuted state.executed.get(nonce)': [
    'refusals',
    'of a withdrawal that was paid after all is refused',
  ],
  'MainBridge.NotRefused refusedAt != 0': ['refusals', 'of a withdrawal that was not refused is itself refused'],
  'MainBridge.BounceTooSoon block.timestamp >= allowedAt': ['refusals', 'a second too soon is refused, with the time'],
  'MainBridge.RetiredPeg !state.retired': ['main-bridge', 'is retired once'],
  'MainBridge.UnexpectedAmount received == mainAmount': [
    'tokens',
    'is not deposited: what arrived is not what was sent',
  ],
  'MainBridge.InsufficientLocked amount > state.locked': [
    'main-bridge',
    'of more than the collateral is refused whole',
  ],
  'MainBridge.InsufficientGas gasleft() < needed': ['refusals', 'without gas for each payment at its cap are refused'],
  'MainBridge.TokenWithoutCode config.mainToken.code.length != 0': [
    'main-bridge',
    'is refused with values that say why',
  ],
  'MainBridge.InvalidGasCap gasCap < MINIMUM_GAS_CAP': ['main-bridge', 'takes gas caps from 30,000 to 5,000,000'],
  'MainBridge.InvalidGasCap gasCap > MAXIMUM_GAS_CAP': ['main-bridge', 'takes gas caps from 30,000 to 5,000,000'],
  'ProductBridge.UnknownPeg state.bucket.isConfigured()': ['product-bridge', 'of an unknown peg is refused'],
  'ProductToken.OnlyBridge msg.sender == bridge': ['product-bridge', 'is minted and burned by its bridge alone'],
  'SignerSet.InvalidThreshold size > MAXIMUM_SIGNERS': [
    'signer-set',
    'takes a threshold above its half and up to its size',
  ],
  'SignerSet.InvalidThreshold newThreshold > size': [
    'signer-set',
    'takes a threshold above its half and up to its size',
  ],
  'SignerSet.InvalidThreshold newThreshold * 2 <= size': [
    'signer-set',
    'takes a threshold above its half and up to its size',
  ],
  'SignerSet.InvalidSigner newSigners[i] != address(0)': ['signer-set', 'refuses the zero address'],
  'SignerSet.InvalidSigner newSigners[i] != newSigners[j]': ['signer-set', 'refuses a signer that stands in it before'],
  'SignerSet.InvalidSignaturesLength signatures.length < MASK_LENGTH': ['signer-set', 'less than a mask'],
  'SignerSet.InvalidSignerMask left >> size != 0': ['signer-set', 'a signer that the list does not have'],
  'SignerSet.InvalidSignaturesLength signatures.length != expected': ['signer-set', 'a signature cut by a byte'],
  'SignerSet.InvalidSignature uint160(recovered) != current.unsafeMemoryAccess(i)': ['signer-set', 'of strangers'],
  'SignerSet.MissingSignatures count < state.threshold': ['governed', 'is refused on three signatures, and on none'],
};

const CHECK = /require\(([^;]*?),\s*(\w+)\(|if \(([^{};]*?)\)\s*\{?\s*revert (\w+)\(/g;

const checksIn = (file: string): string[] =>
  [
    ...readFileSync(file, 'utf8')
      .replace(/\/\/.*/g, '')
      .matchAll(CHECK),
  ].flatMap(([, held, missing, met, found]) =>
    (held ?? met)!
      .replace(/\s+/g, ' ')
      .split(/\|\||&&/)
      .map((part) => `${basename(file, '.sol')}.${missing ?? found} ${part.trim()}`),
  );

describe('Every check of the contracts', () => {
  it('is reached by a test that has a name', () => {
    const checks = new Set(globSync('contracts/*.sol').flatMap(checksIn));
    assert.deepEqual(Object.keys(reached).toSorted(), [...checks].toSorted());
  });

  it('is reached by a test that is there and names its error', () => {
    for (const [check, [file, test]] of Object.entries(reached)) {
      const text = readFileSync(`test/contracts/${file}.test.ts`, 'utf8');
      const error = /\.(\w+) /.exec(check)![1]!;
      assert.ok(text.includes(test), `${file}.test.ts has no test "${test}"`);
      assert.ok(text.includes(error), `${file}.test.ts does not name ${error}`);
    }
  });

  it('has an error that the other checks do not hide: each error of the interfaces is raised', () => {
    const declared = globSync('contracts/interfaces/*.sol').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/error (\w+)\(/g)].map(([, name]) => name!),
    );
    // A reason in an event, never a revert.
    const raised = new Set(['TokenReturnedFalse', ...Object.keys(reached).map((check) => /\.(\w+) /.exec(check)![1]!)]);
    assert.deepEqual([...raised].toSorted(), declared.toSorted());
  });
});
