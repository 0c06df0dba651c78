/** Hosts joined by a simulated line: rate, delay, and seeded loss, duplication, reordering and corruption. */

import { createStack, netifUp, type Netif, type Stack, type StackBounds } from '../../modules/inet/ip';
import { stackFlush, stackInput, stackPoll, stackPollAt } from '../../modules/inet/stack';
import { Clock, chance, seededRandom } from './clock';
import { addressNumber } from './packets';
import { BOUNDS } from './tcp';

export interface LineOptions {
  /** Octets a second. */
  rate?: number;
  delayMs?: number;
  /** Parts of one. */
  loss?: number;
  duplication?: number;
  reordering?: number;
  corruption?: number;
  /** Octets that may wait to be sent; what comes on top is lost. */
  queue?: number;
}

export interface SimulatedHost {
  stack: Stack;
  netif: Netif;
}

/** Two hosts, 10.0.0.1 and 10.0.0.2, on one clock. */
export function joined(seed: number, options: LineOptions = {}, bounds: Partial<StackBounds> = {}) {
  const clock = new Clock();
  const random = seededRandom(seed);
  const {
    rate = 11520,
    delayMs = 40,
    loss = 0,
    duplication = 0,
    reordering = 0,
    corruption = 0,
    queue = 32768,
  } = options;

  function host(address: string, peer: string, output: (packet: Buffer) => void): SimulatedHost {
    const stack = createStack(
      { ...BOUNDS, ...bounds },
      seededRandom(seed * 2 + address.length + Number(address.slice(-1))),
    );
    const netif: Netif = {
      _address: addressNumber(address),
      _mask: 0xffffffff,
      _gateway: addressNumber(peer),
      _mtu: 1500,
      _up: false,
      _dns: [],
      _output: (buf, at, end) => {
        output(Buffer.from(buf.slice(at, end)));
        return true;
      },
    };
    netifUp(stack, netif);
    clock.drive({ poll: (nowMs) => stackPoll(stack, nowMs), pollAt: () => stackPollAt(stack) });
    return { stack, netif };
  }

  function arrive(to: SimulatedHost, packet: Buffer): void {
    const room = new Uint8Array((packet.length + 3) & ~1);
    room.set(packet);
    stackInput(to.stack, to.netif, room, 0, packet.length, clock.nowMs);
    stackFlush(to.stack);
  }

  function lineTo(target: () => SimulatedHost): (packet: Buffer) => void {
    let freeAtMs = 0;
    return (packet) => {
      const waiting = Math.max(0, freeAtMs - clock.nowMs) * (rate / 1000);
      if (waiting + packet.length > queue) {
        return;
      }
      freeAtMs = Math.max(freeAtMs, clock.nowMs) + (packet.length / rate) * 1000;
      if (chance(random) < loss) {
        return;
      }
      if (chance(random) < corruption) {
        packet[random() % packet.length] ^= 1 << (random() % 8);
      }
      let extraMs = chance(random) < reordering ? 300 * chance(random) : 0;
      const copies = chance(random) < duplication ? 2 : 1;
      for (let i = 0; i < copies; i++) {
        clock.after(freeAtMs - clock.nowMs + delayMs + extraMs, () => arrive(target(), Buffer.from(packet)));
        extraMs += 50;
      }
    };
  }

  const a: SimulatedHost = host(
    '10.0.0.1',
    '10.0.0.2',
    lineTo(() => b),
  );
  const b: SimulatedHost = host(
    '10.0.0.2',
    '10.0.0.1',
    lineTo(() => a),
  );
  return { clock, a, b };
}
