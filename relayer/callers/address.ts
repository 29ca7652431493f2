import ipaddr from 'ipaddr.js';

type Parsed = ipaddr.IPv4 | ipaddr.IPv6;

/** Undefined for text that is no address. An IPv4 address in IPv6 form (`::ffff:192.0.2.1`) becomes an IPv4 address. */
const parse = (text: string): Parsed | undefined => (ipaddr.isValid(text) ? ipaddr.process(text) : undefined);

/** A network host in one spelling, for comparison; the text itself where it is no address. */
export const canonicalAddress = (text: string): string => parse(text)?.toString() ?? text;

/**
 * The key under which an address has its quota: an IPv4 address, or the /64 of an IPv6 address, since a single customer of most
 * providers gets a whole /64. All that is no address shares one key.
 */
export function quotaKeyOf(text: string): string {
  const address = parse(text);
  if (address === undefined) return 'no address';
  if (address.kind() === 'ipv4') return address.toString();
  return `${(address as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

/** True for an address (`192.0.2.1`, `2001:db8::1`) or a range (`192.0.2.0/24`). */
export const isAddressRange = (text: string): boolean => ipaddr.isValid(text) || ipaddr.isValidCIDR(text);

/** Returns a function that reports whether an address lies in one of these ranges, as accepted by `isAddressRange`. */
export function createRangeMatcher(ranges: readonly string[]): (text: string) => boolean {
  const parsed = ranges.map((range): [Parsed, number] => {
    if (ipaddr.isValidCIDR(range)) return ipaddr.parseCIDR(range);
    const address = ipaddr.process(range);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  });
  return (text) => {
    const address = parse(text);
    return parsed.some(([network, bits]) => address?.kind() === network.kind() && address.match(network, bits));
  };
}
