/** What the gateway's forwarders share: the way to the board, and which addresses mean whom. */

import { formatIpv4, parseIpv4 } from '../../modules/wire/addr';
import type { Netif, Stack } from '../../modules/inet/ip';

/** Counters since the gateway was made. */
export interface GatewayStats {
  tcpConnections: number;
  /** Connections the host could not make. */
  tcpFailed: number;
  udpDatagrams: number;
  dnsQueries: number;
  /** DNS messages that were no query. */
  dnsMalformed: number;
  echoes: number;
  /** Packets from the board to or from addresses that are not forwarded, and those beyond a bound. */
  refused: number;
  /** Packets to the board that were too long for it, or that the line had no room for. */
  lost: number;
}

export interface Context {
  stack: Stack;
  netif: Netif;
  /** The gateway's own address. */
  gateway: number;
  /** The board's while it is connected, else 0. */
  board: number;
  stats: GatewayStats;
  nowMs(): number;
  /** To be called after whatever may have set a deadline in the stack. */
  rearm(): void;
  say(text: string): void;
}

const HOST_LOOPBACK = '127.0.0.1';

/**
 * Where the host's sockets reach what the board calls `destination`; null when that is nowhere.
 * The gateway's own address means the host itself. Its loopback by other names does not, and 0.0.0.0 neither, which
 * Linux takes for it.
 */
export function hostAddress(context: Context, destination: number): string | null {
  if (destination === context.gateway) {
    return HOST_LOOPBACK;
  }
  const network = destination >>> 24;
  const isSomeone = network !== 0 && network !== 127 && network < 224;
  return isSomeone && destination !== context.board ? formatIpv4(destination) : null;
}

/** What the board calls an address of the host's network; 0 when it has no name for it. */
export function boardAddress(context: Context, address: string): number {
  return address.startsWith('127.') ? context.gateway : Math.max(0, parseIpv4(address));
}
