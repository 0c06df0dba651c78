/**
 * Ethernet frames, ARP and DHCP, built and taken apart without any of the code under test, and a cable with stations on
 * it in simulated time.
 */

import {
  createEthernet,
  ethernetCarrier,
  ethernetInput,
  ethernetPoll,
  ethernetPollAt,
  type EthernetLink,
} from '../../modules/ethernet/link';
import { Clock, seededRandom } from './clock';
import { addressBytes, addressText, parseIp, udpPacket } from './packets';

export const OUR_MAC = '02:00:00:00:00:02';
export const SERVER_MAC = '02:00:00:00:00:01';
export const OTHER_MAC = '02:00:00:00:00:99';
export const ALL = 'ff:ff:ff:ff:ff:ff';
const NONE = '00:00:00:00:00:00';

export function macBytes(text: string): Buffer {
  return Buffer.from(text.split(':').map((octet) => parseInt(octet, 16)));
}

export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join(':');
}

export function frame(to: string, from: string, type: number, payload: Uint8Array): Buffer {
  return Buffer.concat([macBytes(to), macBytes(from), Buffer.from([type >> 8, type & 255]), payload]);
}

export interface ArpFields {
  operation: 'request' | 'reply';
  sender: string;
  senderMac: string;
  target: string;
  targetMac?: string;
  /** Of the frame; ALL when not given. */
  to?: string;
}

export function arpFrame(fields: ArpFields): Buffer {
  return frame(
    fields.to ?? ALL,
    fields.senderMac,
    0x0806,
    Buffer.concat([
      Buffer.from([0, 1, 8, 0, 6, 4, 0, fields.operation === 'request' ? 1 : 2]),
      macBytes(fields.senderMac),
      addressBytes(fields.sender),
      macBytes(fields.targetMac ?? NONE),
      addressBytes(fields.target),
      Buffer.alloc(18),
    ]),
  );
}

export interface DhcpFields {
  /** 2 for a server's. */
  op?: number;
  type?: number;
  xid: number;
  mac?: string;
  address?: string;
  client?: string;
  /** By their numbers, in this order; text is an address. */
  options?: [number, string | number[] | Buffer][];
  /** Raw contents of the areas. */
  serverName?: Buffer;
  file?: Buffer;
  cookie?: number;
  hardware?: number;
  hardwareLength?: number;
  /** Without an end option. */
  endless?: boolean;
}

export function options(list: [number, string | number[] | Buffer][], end = true): Buffer {
  return Buffer.concat([
    ...list.map(([code, value]) => {
      const bytes = typeof value === 'string' ? addressBytes(value) : Buffer.from(value);
      return Buffer.concat([Buffer.from([code, bytes.length]), bytes]);
    }),
    Buffer.from(end ? [255] : []),
  ]);
}

export function seconds(count: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(count);
  return bytes;
}

export function dhcpMessage(fields: DhcpFields): Buffer {
  const message = Buffer.alloc(240);
  message[0] = fields.op ?? 2;
  message[1] = fields.hardware ?? 1;
  message[2] = fields.hardwareLength ?? 6;
  message.writeUInt32BE(fields.xid, 4);
  addressBytes(fields.client ?? '0.0.0.0').copy(message, 12);
  addressBytes(fields.address ?? '0.0.0.0').copy(message, 16);
  macBytes(fields.mac ?? OUR_MAC).copy(message, 28);
  fields.serverName?.copy(message, 44);
  fields.file?.copy(message, 108);
  message.writeUInt32BE(fields.cookie ?? 0x63825363, 236);
  const type: [number, number[]][] = fields.type ? [[53, [fields.type]]] : [];
  return Buffer.concat([message, options([...type, ...(fields.options ?? [])], !fields.endless)]);
}

/** A frame as another station sees it. */
export interface Seen {
  atMs: number;
  to: string;
  from: string;
  type: number;
  payload: Buffer;
  /** 'arp probe 10.0.0.5', 'arp request 10.0.0.1 from 10.0.0.5', 'discover', 'ip 10.0.0.5 > 10.0.0.1', ... */
  what: string;
  /** Of a DHCP message. */
  xid: number;
  dhcp: Map<number, Buffer>;
  client: string;
}

const TYPES = ['?', 'discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release'];

export function see(bytes: Uint8Array, atMs: number): Seen {
  const all = Buffer.from(bytes);
  const type = all.readUInt16BE(12);
  const payload = all.subarray(14);
  const seen: Seen = {
    atMs,
    to: macText(all.subarray(0, 6)),
    from: macText(all.subarray(6, 12)),
    type,
    payload,
    what: `type ${type.toString(16)}`,
    xid: 0,
    dhcp: new Map(),
    client: '',
  };
  if (type === 0x0806) {
    const sender = addressText(payload.subarray(14, 18));
    const target = addressText(payload.subarray(24, 28));
    const operation = payload[7] === 1 ? 'request' : 'reply';
    seen.what =
      operation === 'reply'
        ? `arp reply ${sender}`
        : sender === '0.0.0.0'
          ? `arp probe ${target}`
          : sender === target
            ? `arp announce ${target}`
            : `arp request ${target} from ${sender}`;
  } else if (type === 0x0800) {
    // A short frame has padding.
    const packet = parseIp(payload.subarray(0, payload.readUInt16BE(2)));
    seen.what = `ip ${packet.source} > ${packet.destination}`;
    const udp = packet.payload;
    if (packet.protocol === 17 && udp[1] === 68 && udp[3] === 67) {
      if (payload.readUInt32BE(4) !== 0x4000) {
        throw new Error(`a header that says ${payload.subarray(0, 20).toString('hex')}`);
      }
      const message = Buffer.from(udp.subarray(8));
      seen.xid = message.readUInt32BE(4);
      seen.client = addressText(message.subarray(12, 16));
      for (let at = 240; message[at] !== 255; at += 2 + message[at + 1]) {
        seen.dhcp.set(message[at], message.subarray(at + 2, at + 2 + message[at + 1]));
      }
      seen.what = TYPES[seen.dhcp.get(53)![0]];
    }
  }
  return seen;
}

/** Our interface alone on a cable: everything it sends is written down, everything it gets is the test's doing. */
export class Cable {
  readonly clock = new Clock();
  readonly sent: Seen[] = [];
  /** 'up 10.0.0.5/255.255.255.0 via 10.0.0.1 dns 10.0.0.53', 'down', 'lost', 'failed no-answer'. */
  readonly events: string[] = [];
  readonly packets: { type: number; bytes: Buffer }[] = [];
  readonly link: EthernetLink;
  hostName = 'board';
  /** A station that answers at once. */
  answer: ((seen: Seen) => Uint8Array[] | void) | null = null;

  constructor(neighbours = 4, seed = 1) {
    const link = createEthernet(
      {
        _transmit: (buf, at, end) => {
          const seen = see(buf.slice(at, end), this.clock.nowMs);
          this.sent.push(seen);
          for (const reply of this.answer?.(seen) ?? []) {
            this.clock.after(1, () => this.input(reply));
          }
          return true;
        },
        _packet: (type, buf, at, end) => void this.packets.push({ type, bytes: Buffer.from(buf.slice(at, end)) }),
        _configured: () => {
          const text = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
          this.events.push(
            link._address
              ? `up ${text(link._address)}/${text(link._mask)} via ${text(link._gateway)} dns ${link._dns.map(text).join(' ')}`.trim()
              : link._lost
                ? 'lost'
                : 'down',
          );
        },
        _failed: (reason) => void this.events.push(`failed ${reason}`),
        _random32: seededRandom(seed),
        _hostName: () => Buffer.from(this.hostName),
      },
      neighbours,
    );
    link._mac.set(macBytes(OUR_MAC));
    this.link = link;
    this.clock.drive({
      poll: (nowMs) => ethernetPoll(link, nowMs),
      pollAt: () => ethernetPollAt(link),
    });
  }

  carrier(up: boolean): void {
    ethernetCarrier(this.link, up, this.clock.nowMs);
  }

  input(bytes: Uint8Array): void {
    // Where a driver has them: behind two octets of length, in an array of even length.
    const buf = new Uint8Array((bytes.length + 3) & ~1);
    buf.set(bytes, 2);
    ethernetInput(this.link, buf, 2, 2 + bytes.length, this.clock.nowMs);
  }

  /** What was sent since the last call. */
  take(): string[] {
    return this.sent.splice(0).map(({ what }) => what);
  }

  last(what: string): Seen {
    const found = this.sent.filter((seen) => seen.what === what).pop();
    if (!found) {
      throw new Error(`no ${what} in ${this.sent.map((seen) => seen.what).join(', ')}`);
    }
    return found;
  }

  pass(ms: number): void {
    this.clock.runTo(this.clock.nowMs + ms);
  }
}

export interface ServerSettings {
  address: string;
  lease: number;
  server: string;
  router: string;
  mask: string | null;
  dns: string[];
  nak: boolean;
  more: [number, string | number[] | Buffer][];
}

/** A DHCP server's frame for what a client has sent. */
export function dhcpFrame(seen: Seen, type: number, settings: Partial<ServerSettings> = {}, to = OUR_MAC): Buffer {
  const server = settings.server ?? '10.0.0.1';
  const address = settings.address ?? '10.0.0.5';
  const list: [number, string | number[] | Buffer][] = [
    [54, server],
    [51, seconds(settings.lease ?? 3600)],
    [3, settings.router ?? '10.0.0.1'],
    [6, Buffer.concat((settings.dns ?? ['10.0.0.53']).map(addressBytes))],
    ...(settings.more ?? []),
  ];
  if (settings.mask !== null) {
    list.push([1, settings.mask ?? '255.255.255.0']);
  }
  const data = dhcpMessage({
    type,
    xid: seen.xid,
    mac: seen.from,
    address: type === 6 ? '0.0.0.0' : address,
    options: type === 6 ? [[54, server]] : list,
  });
  return frame(
    to,
    SERVER_MAC,
    0x0800,
    udpPacket({ source: server, destination: address, sourcePort: 67, destinationPort: 68, data }),
  );
}

/** Gives what it is asked for; change `settings` on the way. */
export function dhcpServer(cable: Cable, settings: Partial<ServerSettings> = {}): Partial<ServerSettings> {
  cable.answer = (seen) => {
    if (seen.what === 'discover') {
      return [dhcpFrame(seen, 2, settings)];
    }
    if (seen.what === 'request') {
      return [dhcpFrame(seen, settings.nak ? 6 : 5, settings)];
    }
    return [];
  };
  return settings;
}
