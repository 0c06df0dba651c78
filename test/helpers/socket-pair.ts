/** Two hosts on a line of simulated time, each with sockets of its own: packets go across as they are. */

import { createServer, type Server, type Socket } from '../../modules/socket/net';
import { openSockets, useSockets, type Context } from '../../modules/socket/context';
import { netifUp, type Netif } from '../../modules/inet/ip';
import { netifDown, stackFlush, stackInput } from '../../modules/inet/stack';
import { hostRearm, type Bounds, type Host } from '../../modules/network/host';
import { Clock } from './clock';
import { simulatedHost } from './host';
import { addressNumber } from './packets';

export const NEAR = '10.0.0.1';
export const FAR = '10.0.0.2';

export class End {
  readonly host: Host;
  readonly context: Context;
  readonly netif: Netif;
  /** Packets that have left. */
  sent = 0;
  other!: End;

  constructor(
    readonly clock: Clock,
    address: string,
    gateway: string,
    readonly line: LineOptions,
    seed: number,
  ) {
    this.host = simulatedHost(clock, line.bounds, seed).host;
    this.context = openSockets(this.host);
    this.netif = {
      _address: addressNumber(address),
      _mask: 0xffffffff,
      _gateway: addressNumber(gateway),
      _mtu: 1500,
      _up: false,
      _dns: [],
      _output: (buf, at, end) => {
        const packet = Uint8Array.from(buf.subarray(at, end));
        this.sent++;
        if (!line.drop?.(packet, this.sent)) {
          clock.after(line.delayMs ?? 5, () => this.other.input(packet));
        }
        return true;
      },
    };
    netifUp(this.host._stack, this.netif);
  }

  private input(packet: Uint8Array): void {
    const room = new Uint8Array((packet.length + 3) & ~1);
    room.set(packet);
    stackInput(this.host._stack, this.netif, room, 0, packet.length, this.host._nowMs());
    stackFlush(this.host._stack);
    hostRearm(this.host);
  }

  /** Makes sockets on this host. */
  use<T>(make: () => T): T {
    useSockets(this.context);
    return make();
  }

  down(): void {
    netifDown(this.host._stack, this.netif, this.host._nowMs());
    hostRearm(this.host);
  }
}

export interface LineOptions {
  delayMs?: number;
  bounds?: Partial<Bounds>;
  /** Whether a packet is lost; they are counted from 1. */
  drop?: (packet: Uint8Array, index: number) => boolean;
}

export class SocketPair {
  readonly clock = new Clock();
  readonly near: End;
  readonly far: End;

  constructor(options: LineOptions = {}) {
    const bounds = { _tcpSockets: 8, ...options.bounds };
    this.near = new End(this.clock, NEAR, FAR, { ...options, bounds }, 1);
    this.far = new End(this.clock, FAR, NEAR, { ...options, bounds }, 2);
    this.near.other = this.far;
    this.far.other = this.near;
  }

  /** A server on the far host. */
  serve(port: number, listener: (socket: Socket) => void, options = {}): Server {
    return this.far.use(() => createServer(options, listener).listen(port));
  }

  run(ms = 1000): void {
    this.clock.runTo(this.clock.nowMs + ms);
  }
}

interface Hearable {
  on(event: string, listener: (value?: unknown) => void): unknown;
}

/** What an object emits, as text, in order: 'data hello', 'end', 'error ECONNRESET'. */
export function hear(object: Hearable, ...events: string[]): string[] {
  const heard: string[] = [];
  for (const event of events) {
    object.on(event, (value) => heard.push(value === undefined ? event : `${event} ${textOf(value)}`));
  }
  return heard;
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array
    ? Buffer.from(value).toString('latin1')
    : value instanceof Error
      ? ((value as { code?: string }).code ?? value.message)
      : String(value);
}
