import { BlockList, isIP } from 'node:net';

/** Special-purpose ranges of IPv4 (IANA registry, RFC 6890), which belong to no public host. */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** What is not public within 2000::/3: protocol assignments with Teredo, documentation, 6to4 (which holds an IPv4 address). */
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const special = toBlockList([...SPECIAL_V4, ...SPECIAL_V6]);
const globalV6 = toBlockList(['2000::/3']);

/**
 * Whether an IP address is that of a public host: not of this machine, of a private network, or of a special purpose.
 * IPv4 addresses inside of IPv6 ones are not public, whatever they are.
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4');
    case 6:
      return globalV6.check(address, 'ipv6') && !special.check(address, 'ipv6');
    default:
      return false;
  }
}

function toBlockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
