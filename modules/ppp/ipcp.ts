/** The IP Control Protocol's options: RFC 1332, and the name servers of RFC 1877. */

import { Protocol } from '../wire/control';
import type { Fsm, Role } from './fsm-types';
import type { Link } from './link-types';

export const enum Option {
  Address = 3,
  Dns1 = 129,
  Dns2 = 131,
}

/** 10.64.64.64, which PPP implementations show for a peer that names no address. */
export const UNNAMED_PEER = 0x0a404040;

/**
 * 10.11.12.13 and 10.11.12.14, halved and rounded up: what Qualcomm's modems suggest as name servers before the network
 * has answered. Like no address, it means: ask again.
 */
const BOGUS_DNS = 0x05058607;

/** Naks after which name servers are asked for no more: 25 s or so. */
const DNS_NAKS = 10;

export function createIpcp(link: Link, layer: Role['_layer']): Fsm {
  const role: Role = {
    _link: link,
    _protocol: Protocol.Ipcp,
    _lengths: { 3: 6, 129: 6, 131: 6 },
    // Some modems stall with Naks until the network has answered.
    _maxNaks: 100,
    _judge: judge,
    _naked: naked,
    _layer: layer,
  };
  return role as Fsm;
}

/**
 * A client takes any address of its peer. One that has none, and asks for it, ends IPCP when it gets none (slirp does):
 * it is given the customary stand-in.
 */
function judge(_ipcp: Fsm, type: number, _length: number, value: number): number | undefined {
  return type === Option.Address ? value || UNNAMED_PEER : undefined;
}

function naked(ipcp: Fsm, type: number, length: number, value: number): number | undefined {
  const ours = ipcp._ours[type];
  const stalls = type === Option.Address ? !value : !value || (value + 1) >>> 1 === BOGUS_DNS;
  if (stalls && type > Option.Address && ipcp._naksTaken > DNS_NAKS) {
    return undefined; // Rather a link without name servers than none; a Nak may still bring them.
  }
  return stalls || ipcp._lengths[type] !== length ? ours : value;
}
