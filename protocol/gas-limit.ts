/**
 * The gas limit of a call for which a node estimated `used`: a fifth more. The node estimates by the state and time of its
 * newest block. When the call is mined, balances and slots may be cold, and a slot that another call wrote in the same second
 * changes: an exact estimate runs out of gas.
 */
export const gasLimitFor = (used: bigint): bigint => used + used / 5n;
