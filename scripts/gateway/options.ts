/** What a gateway can be asked for. */

import { formatIpv4, parseIpv4 } from '../../modules/wire/addr';

/** Sees each packet of the link, both ways; what it keeps it copies. */
export type Trace = (sent: boolean, protocol: number, packet: Uint8Array) => void;

export type Auth = 'none' | 'pap' | 'chap' | 'mschapv2';

export interface GatewayOptions {
  /** The gateway's own address, by which the board also reaches the host itself. Default 192.168.64.1. */
  address?: string;
  /** The board's address. Default: the one after the gateway's. */
  peerAddress?: string;
  /** The name server that the board is told. Default: the gateway, which asks the host's resolver. */
  dns?: string;
  /** What is demanded of the board. Default none. */
  auth?: Auth;
  user?: string;
  key?: string;
  /** Lets a board that asks for it have VJ header compression. */
  vj?: boolean;
  /** Agrees on IPv6 interface identifiers with a board that asks for it; nothing is forwarded. */
  ipv6?: boolean;
  trace?: Trace;
}

export interface Settings {
  address: number;
  peerAddress: number;
  dns: number;
  auth: Auth;
  user: string;
  key: string;
  vj: boolean;
  ipv6: boolean;
}

const DEFAULT_ADDRESS = '192.168.64.1';

/** An address that one host can have. */
function parseHost(what: string, text: string): number {
  const address = parseIpv4(text);
  const network = address >>> 24;
  if (address < 0 || network === 0 || network === 127 || network >= 224) {
    throw new RangeError(`${what} must be the IPv4 address of a host, such as ${DEFAULT_ADDRESS}, not '${text}'`);
  }
  return address;
}

/** @throws RangeError with a sentence for people */
export function checkOptions(options: GatewayOptions): Settings {
  const { auth = 'none', user = '', key = '', vj = false, ipv6 = false } = options;
  const address = parseHost('the address', options.address ?? DEFAULT_ADDRESS);
  const peerAddress = parseHost("the peer's address", options.peerAddress ?? formatIpv4(address + 1));
  if (address === peerAddress) {
    throw new RangeError('the gateway and its peer need different addresses');
  }
  if (auth === 'none' ? user || key : !user || !key) {
    throw new RangeError('a user and a key go with auth pap, chap or mschapv2, and auth with both of them');
  }
  const dns = options.dns === undefined ? address : parseHost("the name server's address", options.dns);
  return { address, peerAddress, dns, auth, user, key, vj, ipv6 };
}
