/** One stack with IPv6 on one interface, its peer played by the test, in simulated time. */

import * as assert from 'uvu/assert';
import { ipv6Poll, ipv6PollAt, netif6Up } from '../../modules/inet/autoconf';
import { ipv6Input } from '../../modules/inet/input6';
import { createNetif6, useIpv6, type Netif6, type Stack6 } from '../../modules/inet/ip6';
import { createStack, type Stack } from '../../modules/inet/ip';
import { stackFlush, stackPoll, stackPollAt } from '../../modules/inet/stack';
import { Clock, seededRandom } from './clock';
import { advertisement, parse6, type Parsed6 } from './packets6';
import { BOUNDS } from './tcp';

export const ROUTER = 'fe80::1';
/** What the identifier makes of a prefix. */
export const LOCAL = 'fe80::200:ff:fe00:42';
export const IDENTIFIER = [2, 0, 0, 0xff, 0xfe, 0, 0, 0x42];

export interface Rig6Options {
  mac?: Uint8Array;
  probes?: boolean;
  mtu?: number;
  fixed?: string;
}

export interface Sent6 extends Parsed6 {
  at: number;
  hop: string;
  raw: Buffer;
}

export class Rig6 {
  readonly clock = new Clock(0);
  readonly stack: Stack;
  readonly v6: Stack6;
  readonly netif: Netif6;
  changes = 0;
  private sent: Sent6[] = [];

  constructor({ mac, probes = false, mtu = 1500, fixed = '' }: Rig6Options = {}) {
    this.stack = createStack(BOUNDS, seededRandom(6));
    this.v6 = useIpv6(this.stack);
    this.netif = createNetif6(this.v6, this, mac ?? null, (buf, at, end, hop) => {
      const raw = Buffer.from(buf.slice(at, end));
      this.sent.push({ ...parse6(raw), at: this.clock.nowMs, hop, raw });
      return true;
    });
    this.netif._identifier.set(IDENTIFIER);
    this.netif._probes = probes;
    this.netif._static = fixed;
    this.netif._changed = () => this.changes++;
    this.clock.drive({ poll: (nowMs) => ipv6Poll(this.v6, nowMs), pollAt: () => ipv6PollAt(this.v6) });
    this.clock.drive({ poll: (nowMs) => stackPoll(this.stack, nowMs), pollAt: () => stackPollAt(this.stack) });
    assert.is(netif6Up(this.netif, mtu, 0), mtu >= 1280);
  }

  /** Lets time pass until so many ms after the start. */
  at(ms: number): this {
    this.clock.runTo(ms);
    return this;
  }

  deliver(packet: Uint8Array): this {
    // At an odd place of a dirty buffer.
    const buf = new Uint8Array((packet.length + 9) & ~1).fill(0xa5);
    buf.set(packet, 7);
    ipv6Input(this.netif, buf, 7, 7 + packet.length, this.clock.nowMs);
    stackFlush(this.stack);
    return this;
  }

  taken(): Sent6[] {
    return this.sent.splice(0);
  }

  quiet(): this {
    assert.equal(this.taken(), []);
    return this;
  }

  /** `ipconfig('addr6')`, with lifetimes as they stand. */
  addresses(): [string, number][] {
    return this.netif._addresses.map((one) => [one._address, one._state]);
  }
}

/** One whose link-local address is settled, and that has an address of a prefix as well. */
export function settled(options?: Rig6Options): Rig6 {
  const t = new Rig6({ fixed: OURS6, ...options });
  // It is asked for no more.
  t.at(2000)
    .deliver(advertisement(ROUTER, [], { lifetime: 0 }))
    .taken();
  return t;
}

export const OURS6 = '2001:db8::42';
export const PEER6 = '2001:db8::99';
