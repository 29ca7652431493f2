import { type Address, type Hex, concatHex, hexToNumber, numberToHex, size, slice } from 'viem';

/** An `eth_call` of a view. */
export interface ViewCall {
  readonly to: Address;
  readonly data: Hex;
}

/**
 * Creation code that makes the calls behind it and returns their results as the code of a contract, so that one
 * `eth_call` without `to` makes many, on any EVM and without a deployed contract. Each call is 20 bytes of address, 2 of
 * length and its data. Each result is 4 bytes and its data: 0 for a call that failed, otherwise its length plus one.
 *
 * SECURITY: a token is not trusted. STATICCALL keeps it from changing what later calls see, the gas limit from using
 * up theirs, and a result that does not fit counts as failed. The first byte is zero: code must not begin with 0xef
 * (EIP-3541), nor exceed 24,576 bytes (EIP-170).
 */
const PROGRAM = concatHex([
  '0x606f6020', // p, o := end of this program, 0x20
  '0x5b', // loop (0x04):
  '0x38821015606757', // if p >= codesize: end
  '0x601682600039', // codecopy(0, p, 22)
  '0x600051', // word := mload(0)
  '0x8060501c61ffff16', // length := (word >> 80) & 0xffff
  '0x9060601c', // to := word >> 96
  '0x81846016018439', // codecopy(o, p + 22, length)
  '0x60006000838584620f4240fa', // ok := staticcall(1,000,000, to, o, length, 0, 0)
  '0x3d615dc081860110', // size := returndatasize; fits := o + size < 24,000
  '0x909116', // ok := ok & fits
  '0x908102', // size := size * ok
  '0x81810160e01b8552', // mstore(o, (size + ok) << 224)
  '0x806000866004013e', // returndatacopy(o + 4, 0, size)
  '0x60040193840193505050', // o := o + 4 + size
  '0x6016019182019150', // p := p + 22 + length
  '0x600456', // repeat
  '0x5b', // end (0x67):
  '0x602081036020f3', // return(0x20, o - 0x20)
]);

/** Creation code, to be the `data` of one `eth_call` without `to`. It must not exceed 49,152 bytes (EIP-3860). */
export const encodeViewCalls = (calls: readonly ViewCall[]): Hex =>
  concatHex([PROGRAM, ...calls.flatMap(({ to, data }) => [to, numberToHex(size(data), { size: 2 }), data])]);

/**
 * @returns the result of each call; undefined for one that failed, was too expensive or returned too much.
 * @throws {RangeError} when these are not the results of so many calls.
 */
export function decodeViewCalls(results: Hex, count: number): readonly (Hex | undefined)[] {
  const end = size(results);
  const decoded: (Hex | undefined)[] = [];
  let at = 0;
  while (at + 4 <= end) {
    const length = hexToNumber(slice(results, at, at + 4)) - 1;
    at += 4;
    if (at + Math.max(length, 0) > end) throw new RangeError('view calls: a result was cut');
    decoded.push(length < 0 ? undefined : length === 0 ? '0x' : slice(results, at, at + length));
    at += Math.max(length, 0);
  }
  if (at !== end || decoded.length !== count) {
    throw new RangeError(`view calls: expected ${count} results, found ${decoded.length} in ${end} bytes`);
  }
  return decoded;
}
