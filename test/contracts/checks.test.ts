// Every condition on which a contract refuses, each part of it alone, and the test that reaches it. A check that comes, goes or
// changes makes this fail, as does a test that is renamed. The tests named here assert the outcome; this file asserts
// that none was forgotten.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, it } from 'node:test';

/** By error and part of the condition as the contract writes it: the file and (a part of) the name of a test. */
const reached: Readonly<Record<string, readonly [file: string, test: string]>> = {
  'Bridge.InvalidRemote remoteChainId_ == 0': ['main-bridge', 'to its own chain, to none or to no bridge'],
  'Bridge.InvalidRemote remoteChainId_ == block.chainid': ['main-bridge', 'to its own chain, to none or to no bridge'],
  'Bridge.InvalidRemote remoteBridge_ == address(0)': ['main-bridge', 'to its own chain, to none or to no bridge'],
  'Bridge.NothingReleasable any': ['limits', 'what is parked cannot go a second too soon'],
  'Bridge.InvalidTransfers length % Transfers.ITEM_LENGTH != 0': ['executions', 'of no items, of a part of one'],
  'Bridge.InvalidTransfers count == 0': ['executions', 'of no items, of a part of one'],
  'Bridge.InvalidTransfers count > Transfers.MAXIMUM': ['executions', 'of no items, of a part of one'],
  'Bridge.NonceOutOfRange firstNonce + (count - 1) > type(uint64).max': [
    'executions',
    'with a nonce beyond 64 bits is refused',
  ],
  'Bridge.AlreadyExecuted open == 0': ['executions', 'that was executed is refused before its signatures'],
  'Bridge.BridgePaused block.timestamp < state.pausedUntil': ['executions', 'is refused while the bridge is paused'],
  'Governed.UnknownCall known': ['governed', 'is refused when it names anything but'],
  'Governed.OnlyGovernance msg.sender == address(this)': ['administration', 'is refused to all but governance'],
  'Governed.BridgePaused block.timestamp >= until': ['departures', 'lets nothing depart'],
  'MainBridge.ForbiddenReturn !_isForbidden(returnTo, productToken, _pegs[productToken].mainToken)': [
    'fees',
    'A departure for someone',
  ],
  'Payments.OnlyBridge msg.sender == address(this)': ['refusals', 'is refused to all but the bridge'],
  'Payments.PaymentRefused paid': ['satellites', 'are refused a payment that the token refuses'],
  'MainBridge.OnlyGate msg.sender == gate': ['satellites', 'is the only one to do so'],
  'MainBridge.NotHalted halted()': ['satellites', 'alone halt and pay'],
  'MainPegs.InsufficientLocked amount > collateral + pot': [
    'satellites',
    'pay out of the collateral, then out of the fees',
  ],
  'MainBridge.RetiredPeg !state.retired': ['main-bridge', 'is retired once'],
  'MainBridge.DepositsNotAllowed gate != address(0)': ['satellites', 'allows deposits until a time'],
  'MainBridge.DepositsNotAllowed block.timestamp >= state.depositsUntil': [
    'satellites',
    'allows deposits until a time',
  ],
  'MainBridge.ForbiddenRecipient !_isForbidden(recipient, productToken, token)': [
    'departures',
    'to whom the other chain could not pay is refused',
  ],
  'Payments.UnexpectedValue msg.value == amount': ['coin', 'with another value is refused'],
  'Payments.UnexpectedValue msg.value == 0': ['coin', 'with another value is refused'],
  'Payments.UnexpectedAmount received == amount': ['tokens', 'is not deposited: what arrived is not what was sent'],
  'MainBridge.UnknownPeg state.mainToken != address(0)': ['main-bridge', 'of an unknown peg is refused'],
  'MainBridge.AmbiguousAnswer !guarded': ['refusals', 'reverts the whole batch, which then has no effect'],
  'MainBridge.AmbiguousAnswer reason == TokenReturnedFalse.selector': [
    'refusals',
    'reverts the whole batch, which then has no effect',
  ],
  'MainBridge.InsufficientLocked amount > collateral': ['main-bridge', 'of more than the collateral is refused whole'],
  'Payments.InsufficientGas gasleft() < needed': ['refusals', 'without gas for each payment at its cap are refused'],
  'MainBridge.OnlyExits msg.sender == exits': ['satellites', 'alone halt and pay'],
  'ProductBridge.ForbiddenReturn !_isForbidden(returnTo, productToken, _pegs[productToken].mainToken)': [
    'fees',
    'A departure for someone',
  ],
  'ProductBridge.UnknownPeg state.bucket.isConfigured()': ['product-bridge', 'of an unknown peg is refused'],
  'ProductBridge.ForbiddenRecipient !_isForbidden(recipient, productToken, state.mainToken)': [
    'departures',
    'to whom the other chain could not pay is refused',
  ],
  'ProductToken.OnlyBridge msg.sender == bridge': ['product-bridge', 'is minted and burned by its bridge alone'],
  'Rewards.WrongPeriod period == current.period + 1': ['rewards', 'once a period, in order'],
  'Rewards.InvalidTotal total < current.total': ['rewards', 'never promises more than is there'],
  'Rewards.InvalidTotal total > maximum': ['rewards', 'never promises more than is there'],
  'Rewards.NoQuorum ISignerSet(bridge).hasQuorum(_epoch(), digest, signatures)': [
    'rewards',
    'is published with a quorum of the bridge',
  ],
  'Rewards.InvalidProof MerkleProof.verifyCalldata(proof, current.root, leaf)': [
    'rewards',
    'of more, or of another token is refused',
  ],
  'Rewards.NothingToClaim earned > before': ['rewards', 'pays what was earned and not claimed, once'],
  'Rewards.InvalidTotal paid <= current.total': ['rewards', 'never pays beyond the total'],
  'Rewards.NotPayout _payouts[account] == address(0)': ['rewards', 'is named once by its signature'],
  'Rewards.InvalidPayoutSignature recovered == address(0)': [
    'rewards',
    'is refused on the signature of another, on none, and as zero',
  ],
  'Rewards.InvalidPayoutSignature recovered != account': [
    'rewards',
    'is refused on the signature of another, on none, and as zero',
  ],
  'Rewards.NotPayout _payouts[account] == msg.sender': ['rewards', 'is named once by its signature'],
  'Rewards.InvalidPayout payout != address(0)': [
    'rewards',
    'is refused on the signature of another, on none, and as zero',
  ],
  'Governance.NotASigner signers.isSigner(signer)': ['pause', 'is refused to a stranger'],
  'Governance.BridgePaused block.timestamp >= signers.pausedUntil': [
    'pause',
    'is refused while paused, and spends nothing',
  ],
  'Governance.PauseTooSoon block.timestamp >= allowedAt': [
    'pause',
    'is refused to its signer for ten times its duration',
  ],
  'Governance.DeadlinePassed block.timestamp <= deadline': ['governed', 'is refused after its deadline'],
  'Governance.NotPending callsHash == pending.callsHash': ['governed', 'is refused when nothing is pending'],
  'Governance.OutsideWindow block.timestamp < pending.executableAt': ['governed', 'a second before its delay is over'],
  'Governance.OutsideWindow block.timestamp >= expiresAt': ['governed', 'when seven days are over'],
  'Governance.SignersReplaced pending.listEpoch == state.listEpoch': [
    'governed',
    'is refused under another list of signers',
  ],
  'Governance.BridgeNotPaused block.timestamp < signers.pausedUntil': [
    'pause',
    'cannot be set to now by an unpause when nothing is paused',
  ],
  'Governance.InvalidPauseEnd until <= block.timestamp': ['pause', 'cannot be set to now'],
  'Governance.InvalidPauseEnd until <= signers.pausedUntil': ['pause', 'cannot be set to what is no later than it is'],
  'Governance.InvalidPauseEnd until >= HALTED': ['pause', 'cannot be set to what is no later than it is'],
  'Governance.BridgeHalted signers.pausedUntil != HALTED': ['satellites', 'halt for ever'],
  'Governance.InvalidDelay found != 0': ['administration', 'of zero'],
  'Governance.InvalidDelay found <= MAXIMUM_DELAY': ['administration', 'above thirty days'],
  'MainPegs.TokenWithoutCode config.mainToken != COIN': ['main-bridge', 'is refused with values that say why'],
  'MainPegs.TokenWithoutCode config.mainToken.code.length == 0': ['main-bridge', 'is refused with values that say why'],
  'MainPegs.RetiredPeg !state.retired': ['main-bridge', 'is retired once'],
  'MainPegs.AlreadyExecuted !waits': ['limits', 'bounces to its redeemer, and is not parked any more'],
  'MainPegs.AlreadyExecuted state.executed.get(nonce)': [
    'refusals',
    'of a withdrawal that was paid after all is refused',
  ],
  'MainPegs.NotRefused refusal.failedAt == 0': ['refusals', 'of a withdrawal that was not refused is itself refused'],
  'MainPegs.NotRefused refusal.content != Pegs.contentOf(item.recipient, mainAmount)': [
    'refusals',
    'of another amount or recipient than the token refused',
  ],
  'MainPegs.BounceTooSoon block.timestamp >= allowedAt': ['refusals', 'a second too soon is refused, with the time'],
  'MainPegs.DeadlinePassed block.timestamp <= item.deadline': ['refusals', 'after its deadline is refused'],
  'MainPegs.FeesNeverBounce item.redeemer != context.remoteBridge': [
    'refusals',
    'of fees that the product bridge sent is refused',
  ],
  'MainPegs.InsufficientLocked mainAmount <= state.locked': ['refusals', 'of more than the peg has locked is refused'],
  'MainPegs.FeePotBelowMinimum pot >= state.departMinimum': ['fees', 'leaves a pot that is as small as the minimum'],
  'MainPegs.UnexpectedAmount left + pot == balance': [
    'fees',
    'are not sent by a token that takes more from the sender',
  ],
  'MainPegs.InsufficientLocked left >= needed': ['fees', 'are not sent when what is left does not cover'],
  'MainPegs.InvalidGasCap gasCap < MINIMUM_GAS_CAP': ['main-bridge', 'takes gas caps from 30,000 to 5,000,000'],
  'MainPegs.InvalidGasCap gasCap > MAXIMUM_GAS_CAP': ['main-bridge', 'takes gas caps from 30,000 to 5,000,000'],
  'PegAdministration.PegExists state.mainToken == address(0)': ['main-bridge', 'is refused with values that say why'],
  'PegAdministration.UnknownPeg mainToken == address(0)': ['product-bridge', 'is refused with values that say why'],
  'PegAdministration.UnknownPeg productToken == address(0)': ['main-bridge', 'is refused with values that say why'],
  'PegAdministration.InvalidMinimum config.departMinimum != 0': ['fees', 'without a smallest pot is refused'],
  'PegAdministration.LimitNotLower capacity > bucket.capacity': ['limits', 'is lowered at once, and only lowered'],
  'PegAdministration.LimitNotLower (state.limited': ['limits', 'is lowered at once, and only lowered'],
  'PegAdministration.LimitNotLower refillPerSecond > bucket.refillPerSecond)': [
    'limits',
    'is lowered at once, and only lowered',
  ],
  'PegAdministration.NoRewards rewards != address(0)': ['fees', 'takes no fee'],
  'PegAdministration.FeeTooLarge flat > state.maximumFlat': ['fees', 'has a maximum that no governance exceeds'],
  'PegAdministration.FeeTooLarge basisPoints > MAXIMUM_BASIS_POINTS': [
    'fees',
    'has a maximum that no governance exceeds',
  ],
  'PegAdministration.InvalidMinimum departMinimum != 0': ['fees', 'leaves a pot that is as small as the minimum'],
  'PegAdministration.InvalidLimit capacity != 0': ['main-bridge', 'is refused with values that say why'],
  'Pegs.UnknownPeg state.mainToken != address(0)': ['departures', 'of an unknown peg, or of a retired one, is refused'],
  'Pegs.FeeAboveMaximum charged <= maxFee': ['fees', 'above what the holder accepts is refused'],
  'ProductPegs.FeePotBelowMinimum amount == 0': ['fees', 'leaves a pot that is as small as the minimum'],
  'ProductPegs.FeePotBelowMinimum amount < state.departMinimum': [
    'fees',
    'leaves a pot that is as small as the minimum',
  ],
  'Rate.InvalidRate numerator == 0': ['product-bridge', 'is refused with values that say why'],
  'Rate.InvalidRate denominator == 0': ['product-bridge', 'is refused with values that say why'],
  'Rate.InvalidRate _greatestCommonDivisor(numerator, denominator) != 1': [
    'product-bridge',
    'is refused with values that say why',
  ],
  'Rate.InvalidMinimum minimum != 0': ['main-bridge', 'is refused with values that say why'],
  'Rate.InvalidMinimum minimum % step == 0': ['main-bridge', 'is refused with values that say why'],
  'Rate.AmountTooLarge amount <= maximum': ['departures', 'beyond 128 bits is refused'],
  'Rate.AmountBelowMinimum amount >= minimum': ['departures', 'below the minimum is refused'],
  'Rate.InexactAmount amount % divisor == 0': ['departures', 'of an amount that does not convert is refused'],
  'Signers.InvalidThreshold size > MAXIMUM_SIGNERS': [
    'signer-set',
    'takes a threshold above its half and up to its size',
  ],
  'Signers.InvalidThreshold newThreshold > size': ['signer-set', 'takes a threshold above its half and up to its size'],
  'Signers.InvalidThreshold newThreshold * 2 <= size': [
    'signer-set',
    'takes a threshold above its half and up to its size',
  ],
  'Signers.InvalidSigner signer != address(0)': ['signer-set', 'refuses the zero address'],
  'Signers.InvalidSigner signer != newSigners[j]': ['signer-set', 'refuses a signer that stands in it before'],
  'Signers.MissingSignatures added != 0': ['satellites', 'approve nothing twice'],
  'Signers.MissingSignatures complete': ['approvals', 'are refused when they say nothing new and are too few'],
  'Signers.MissingSignatures count(mask) >= state.threshold': [
    'governed',
    'is refused on three signatures, and on none',
  ],
  'Signers.InvalidSignaturesLength signatures.length < MASK_LENGTH': ['signer-set', 'less than a mask'],
  'Signers.InvalidSignerMask bits >> size != 0': ['signer-set', 'a signer that the list does not have'],
  'Signers.InvalidSignaturesLength signatures.length != expected': ['signer-set', 'a signature cut by a byte'],
  'Signers.InvalidSignature uint160(recovered) != expectedSigner': ['signer-set', 'of strangers'],
  'Anchors.InvalidNumber firstBlock_ == 0': ['Anchors.t.sol', 'test_WhatNoAnchorsBeginWith'],
  'Anchors.InvalidAttestedAt firstTimestamp < block.timestamp': ['Anchors.t.sol', 'test_WhatNoAnchorsBeginWith'],
  'Anchors.AnchoredDifferently same': ['Anchors.t.sol', 'test_TheSameHeightKeepsItsHashes'],
  'Anchors.AnchoredDifferently (next.blockHash != last.blockHash': [
    'Anchors.t.sol',
    'test_TheSameHeightKeepsItsHashes',
  ],
  'Anchors.AnchoredDifferently next.historyRoot != last.historyRoot)': [
    'Anchors.t.sol',
    'test_TheSameHeightKeepsItsHashes',
  ],
  'Anchors.CorrectionWaits same': ['Anchors.t.sol', 'test_ACorrectionWaitsInPublic'],
  'Anchors.CorrectionWaits last.correctableAt == 0': ['Anchors.t.sol', 'test_ACorrectionWaitsInPublic'],
  'Anchors.InvalidAttestedAt !known': ['Anchors.t.sol', 'testFuzz_AnAnchorIsAcceptedOrNot'],
  'Anchors.InvalidAttestedAt attestedAt + MAXIMUM_AGE < block.timestamp': [
    'Anchors.t.sol',
    'testFuzz_AnAnchorIsAcceptedOrNot',
  ],
  'Anchors.InvalidNumber number < minimum': ['Anchors.t.sol', 'testFuzz_AnAnchorIsAcceptedOrNot'],
  'Anchors.InvalidNumber number > maximum': ['Anchors.t.sol', 'testFuzz_AnAnchorIsAcceptedOrNot'],
  'Anchors.InvalidHistory found == 0': ['Anchors.t.sol', 'test_TheHistoryFitsItsPeaks'],
  'Anchors.InvalidHistory found != next.historyRoot': ['Anchors.t.sol', 'test_TheHistoryFitsItsPeaks'],
  'Anchors.NoQuorum ISignerSet(bridge).hasQuorum(epoch, digest, signatures)': [
    'Anchors.t.sol',
    'testFuzz_AnAnchorIsAcceptedOrNot',
  ],
  'Anchors.NoCorrectionDue executableAt == 0': ['Anchors.t.sol', 'test_ACorrectionIsWithdrawn'],
  'Anchors.NoCorrectionDue block.timestamp < executableAt': ['Anchors.t.sol', 'test_ACorrectionWaitsInPublic'],
  'Anchors.NotAnchored !History.includes(last.historyRoot, firstBlock, last.number, result.number, blockHash, proof)': [
    'Anchors.t.sol',
    'test_AHeaderIsProven',
  ],
  'Closing.DelayTooShort exitDelay_ >= 7 days': ['Exits.t.sol', 'test_NoDelayIsTooShort'],
  'Closing.DelayTooShort noticePeriod_ >= 3 days': ['Exits.t.sol', 'test_NoDelayIsTooShort'],
  'Closing.DelayTooShort advanceWindow_ >= 3 days': ['Exits.t.sol', 'test_NoDelayIsTooShort'],
  'Closing.DelayTooShort claimWindow_ >= 7 days': ['Exits.t.sol', 'test_NoDelayIsTooShort'],
  'Closing.OutsideWindow _settlement.closedAt == 0': ['Exits.t.sol', 'test_SignsOfLifeKeepTheBridgeOpen'],
  'Closing.OutsideWindow _settlement.openedAt == 0': ['Exits.t.sol', 'test_SignsOfLifeKeepTheBridgeOpen'],
  'Closing.OutsideWindow life != _lifeAtOpening': [
    'Exits.t.sol',
    'test_NothingOpensWhileACorrectionWaitsOrWithoutAnAnchor',
  ],
  'Closing.SignersAlive block.timestamp >= life + exitDelay': ['Exits.t.sol', 'test_SignsOfLifeKeepTheBridgeOpen'],
  'Closing.OutsideWindow openedAt == 0': ['Exits.t.sol', 'test_NothingOpensWhileACorrectionWaitsOrWithoutAnAnchor'],
  'Closing.OutsideWindow block.timestamp < openedAt + noticePeriod': [
    'Exits.t.sol',
    'test_SignsOfLifeKeepTheBridgeOpen',
  ],
  'Closing.SignersAlive life == _lifeAtOpening': ['Exits.t.sol', 'test_SignsOfLifeKeepTheBridgeOpen'],
  'Closing.NoQuorum bridge.hasQuorum(epoch, digest, signatures)': [
    'Exits.t.sol',
    'test_BlockBIsAnAttestedOneAndItsAncestorsAreProven',
  ],
  'Closing.WrongBlock number > _settlement.number': [
    'Exits.t.sol',
    'test_BlockBIsAnAttestedOneAndItsAncestorsAreProven',
  ],
  'Closing.WrongBlock blockHash == _settlement.blockHash': [
    'Exits.t.sol',
    'test_BlockBIsAnAttestedOneAndItsAncestorsAreProven',
  ],
  'Exits.WrongBlock known': ['Exits.t.sol', 'test_BlockBIsAnAttestedOneAndItsAncestorsAreProven'],
  'Exits.WrongBlock stateRoot != 0': ['Exits.t.sol', 'test_AClaimNeedsItsTimeItsAccountAndIsMadeOnce'],
  'Exits.WrongDeparture _settlement.closedAt != 0': ['Exits.t.sol', 'test_DeparturesLeadToAKnownHash'],
  'Exits.WrongDeparture known == 0': ['Exits.t.sol', 'test_DeparturesLeadToAKnownHash'],
  'Exits.WrongDeparture current != known': ['Exits.t.sol', 'test_DeparturesLeadToAKnownHash'],
  'Exits.NothingOwed open_': ['ExitAttacks.t.sol', 'test_NothingIsOwedForWhatWasPaid'],
  'Exits.NothingOwed productState.parked(stateRoot, productToken, item.nonce, proofs[1])': [
    'ExitAttacks.t.sol',
    'test_NothingIsOwedForWhatWasPaid',
  ],
  'Exits.NothingOwed item.bounced <= departed': ['Exits.t.sol', 'test_TheRefundOfALaterRedeemIsNoClaim'],
  'Exits.NothingOwed status != IBridge.Status.Open': ['ExitAttacks.t.sol', 'test_NothingIsOwedForWhatWasPaid'],
  'Exits.NothingOwed status != IBridge.Status.Parked': ['ExitAttacks.t.sol', 'test_NothingIsOwedForWhatWasPaid'],
  'Exits.NothingOwed amount != 0': ['ExitAttacks.t.sol', 'test_WhatWasMintedAfterBIsTheDeposit'],
  'Exits.NothingLeft amount != 0': ['ExitAttacks.t.sol', 'test_NothingIsLeftForALateClaimOnceAllIsClaimed'],
  'Exits.WrongBlock blockHash != 0': ['ExitAttacks.t.sol', 'test_AncestorsAreLinkedInParts'],
  'Closing.InsufficientGas gasleft() >= needed': ['ExitAttacks.t.sol', 'test_CloseGivesEachTokenItsGas'],
  'Exits.AlreadyClaimed _claims[id].productToken == address(0)': [
    'Exits.t.sol',
    'test_AClaimNeedsItsTimeItsAccountAndIsMadeOnce',
  ],
  'Exits.AlreadyClaimed productToken == address(0)': ['Exits.t.sol', 'test_AClaimNeedsItsTimeItsAccountAndIsMadeOnce'],
  'Exits.AlreadyClaimed item.paid': ['Exits.t.sol', 'test_AClaimNeedsItsTimeItsAccountAndIsMadeOnce'],
  'Exits.NotAuthorised account == address(0)': ['Exits.t.sol', 'test_AClaimNeedsItsTimeItsAccountAndIsMadeOnce'],
  'Exits.NotAuthorised payout == address(0)': ['Exits.t.sol', 'test_AClaimNeedsItsTimeItsAccountAndIsMadeOnce'],
  'Exits.NotAuthorised !consents': ['Exits.t.sol', 'test_AClaimNeedsItsTimeItsAccountAndIsMadeOnce'],
  'Closing.NothingToSettle waits': ['Exits.t.sol', 'test_NothingOpensWhileACorrectionWaitsOrWithoutAnAnchor'],
  'Closing.NothingToSettle anchors.latest().blockHash == 0': [
    'Exits.t.sol',
    'test_NothingOpensWhileACorrectionWaitsOrWithoutAnAnchor',
  ],
  'Closing.OutsideWindow early': ['Exits.t.sol', 'test_AClaimNeedsItsTimeItsAccountAndIsMadeOnce'],
  'Closing.OutsideWindow (until != 0': ['Exits.t.sol', 'test_AClaimNeedsItsTimeItsAccountAndIsMadeOnce'],
  'Closing.OutsideWindow block.timestamp >= until)': ['Exits.t.sol', 'test_AClaimNeedsItsTimeItsAccountAndIsMadeOnce'],
  'ProductState.NotARedeem emitter != productBridge': ['exit-proofs', 'has the redeems of its receipts'],
  'ProductState.NotARedeem topic != IProductBridge.ProductTokenRedeem.selector': [
    'exit-proofs',
    'has the redeems of its receipts',
  ],
  'StateTrie.InvalidNode child.length() == 33': ['StateTrie.t.sol', 'test_NodesOfNoTrieAreRefused'],
  'StateTrie.InvalidNode compact.length != 0': ['StateTrie.t.sol', 'test_NodesOfNoTrieAreRefused'],
  'StateTrie.InvalidNode depth < NIBBLES': ['StateTrie.t.sol', 'test_NodesOfNoTrieAreRefused'],
  'StateTrie.InvalidNode fits': ['StateTrie.t.sol', 'test_NodesOfNoTrieAreRefused'],
  'StateTrie.InvalidNode flags < 4': ['StateTrie.t.sol', 'test_NodesOfNoTrieAreRefused'],
  'StateTrie.InvalidNode items.length == 2': ['StateTrie.t.sol', 'test_NodesOfNoTrieAreRefused'],
  'StateTrie.InvalidNode padded': ['StateTrie.t.sol', 'test_NodesOfNoTrieAreRefused'],
  'StateTrie.InvalidNode keccak256(proof[i]) == expected': [
    'exit-proofs',
    'the proof of another block, account or slot is refused',
  ],
  'StateTrie.InvalidProofLength i + 1 == proof.length': ['StateTrie.t.sol', 'testFuzz_NothingElseIsProven'],
};

const CHECK = /require\(([^;]*?),\s*(?:I\w+\.)?(\w+)\(|if \(([^{};]*?)\)\s*\{?\s*revert (?:I\w+\.)?(\w+)\(/g;

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
    const sources = globSync('contracts/**/*.sol').filter((file) => !file.includes('/interfaces/'));
    const checks = new Set(sources.flatMap(checksIn));
    assert.deepEqual(Object.keys(reached).toSorted(), [...checks].toSorted());
  });

  it('is reached by a test that is there and names its error', () => {
    for (const [check, [file, test]] of Object.entries(reached)) {
      const name = file.endsWith('.t.sol') ? `solidity/${file}` : `${file}.test.ts`;
      const text = readFileSync(`test/contracts/${name}`, 'utf8');
      const error = /\.(\w+) /.exec(check)![1]!;
      assert.ok(text.includes(test), `${name} has no test "${test}"`);
      assert.ok(text.includes(error), `${name} does not name ${error}`);
    }
  });

  it('has an error that the other checks do not hide: each error of the interfaces is raised', () => {
    const declared = globSync('contracts/{interfaces/*,exits/StateTrie,exits/ProductState}.sol').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/error (\w+)\(/g)].map(([, name]) => name!),
    );
    // A reason in an event, never a revert.
    const raised = new Set(['TokenReturnedFalse', ...Object.keys(reached).map((check) => /\.(\w+) /.exec(check)![1]!)]);
    assert.deepEqual([...raised].toSorted(), [...new Set(declared)].toSorted());
  });
});
