// Slither's findings that are no defects, each with the reason. They are listed here and not in the contracts: a comment
// there changes the metadata hash, and with it the bytecode that deployments are compared with.

/** Detectors that do not run. */
export const excluded: Readonly<Record<string, string>> = {
  assembly: 'Each block of assembly states why it is there.',
  'low-level-calls': 'Used where a call may fail without failing the caller.',
  'naming-convention': 'solhint checks names by the rules of this repository.',
  timestamp: 'Delays are hours to days; a proposer moves a timestamp by seconds.',
};

const calls = 'Each item of a batch is paid by a call of its own; `nonReentrant` covers all of them.';
const exact = 'Heights, hashes and an empty record are compared; no balance is, which a gift could change.';
const immutableAddress = 'A wrong address makes every call fail; the address is immutable and public.';
const trusted = 'The calls go to the bridge and the anchors of the constructor, which call nothing back.';
const events =
  'The event states how the call ended. No state changes after it, and `nonReentrant` covers the function.';
const otherOpen = '`MainPegs.open` returns nothing; Slither takes `ProductPegs.open` for the callee.';
const recovery = 'An error of the recovery answers the zero address, which is no signer.';
const zero = 'Zero is the intended initial value.';

/** Reasons by the key of the finding, see `Finding`. */
export const accepted: Readonly<Record<string, string>> = {
  'calls-loop Closing._take': trusted,
  'calls-loop Exits._isKnown': trusted,
  'calls-loop Payments._payFramed': calls,
  'calls-loop ProductBridge._payParked': calls,
  'dead-code BlockHeight._probe': 'The initial value of `_HAS_ARB_SYS` calls it.',
  'divide-before-multiply Rate.convert': 'The line before refuses an amount that the divisor does not divide.',
  'function-init-state BlockHeight._HAS_ARB_SYS': 'The probe reads a precompile, no state of the contract.',
  'incorrect-equality Anchors._requireHistory': exact,
  'incorrect-equality Anchors.anchor': exact,
  'incorrect-equality Anchors.correct': exact,
  'incorrect-equality Anchors.executeCorrection': exact,
  'incorrect-equality MainPegs.collectFees':
    'The token must take exactly the pot; both balances are read in the same call, so that a gift cannot come between.',
  'missing-zero-check Anchors.constructor.bridge_': immutableAddress,
  'missing-zero-check ProductState.constructor.productBridge_': immutableAddress,
  'missing-zero-check ProductState.constructor.registry_': immutableAddress,
  'missing-zero-check Rewards.constructor.bridge_':
    'The bridge need not exist yet; a wrong address makes every `publish` fail, and the deployment verifies the pair.',
  'msg-value-in-nonpayable Payments._receive':
    'Called through `_deposit`, from the payable `deposit`; Slither does not follow the modifier.',
  'reentrancy-benign Closing.close': trusted,
  'reentrancy-events MainBridge._payAll': events,
  'reentrancy-events MainBridge._payParked': events,
  'reentrancy-events MainBridge._withdraw': events,
  'shadowing-local ISignerSet.signerList.signers': 'A named return value of an interface.',
  'shadowing-local ISignerSet.signerList.threshold': 'A named return value of an interface.',
  'uninitialized-local Bridge._attest.passed': zero,
  'uninitialized-local Exits._requireAncestors.parentHash': zero,
  'uninitialized-local Signers.hasQuorum.mask': zero,
  'uninitialized-local Bridge.release.any': zero,
  'uninitialized-local MainPegs.open.peg': 'Every field that the main side has is set in the lines that follow.',
  'uninitialized-local ProductPegs.open.peg': 'Every field that the product side has is set in the lines that follow.',
  'uninitialized-state Rewards._distributions': '`publish` writes it through a storage pointer.',
  'unused-return Exits._authorised': recovery,
  'unused-return Governance.pause': recovery,
  'unused-return Governed._run':
    'A call of the bridge to itself; a failure reverts, and no administrative call returns a value.',
  'unused-return MainBridge.constructor': otherOpen,
  'unused-return MainBridge.openPeg': otherOpen,
  'unused-return MainPegs.bounce': '`requireQuorum` reverts without a quorum; the mask is for the event of a proposal.',
  'unused-return ProductBridge.constructor': '`PegOpened` and `pegs` have the addresses of the first product tokens.',
  'unused-return Rewards.setPayout': recovery,
  'unused-return SignerSet.signers': 'The threshold has a getter of its own.',
  'unused-return Signers.verify': recovery,
};
