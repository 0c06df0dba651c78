/** Packets with the structure that each protocol wants, and then some of it wrong. */

import { ascii, concat, hex } from '../helpers/bytes';
import { md5Of, segment } from './parts';
import type { Packet } from '../helpers/ppp';
import type { Random } from '../helpers/random';

export type Target = 'framer' | 'lcp' | 'auth' | 'mschap' | 'ipcp' | 'ipv6cp' | 'vj' | 'link';
export const TARGETS: Target[] = ['framer', 'lcp', 'auth', 'mschap', 'ipcp', 'ipv6cp', 'vj', 'link'];

/** What an input may be about: identifiers that are waited for, the last challenge. */
export interface About {
  lcpId: number;
  ipcpId: number;
  ipv6cpId: number;
  authId: number;
  /** Options of our last request of a protocol, so that an Ack can be right. */
  requestOf: (protocol: number) => Uint8Array;
  challenge: Uint8Array;
}

const EDGES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 127, 128, 254, 255];

const byte = (r: Random): number => (r.below(3) ? r.pick(EDGES) : r.below(256));
const u16 = (r: Random): number[] => [byte(r), byte(r)];
const u32 = (r: Random): number[] => [...u16(r), ...u16(r)];

/** The types each protocol knows, with the lengths of their values. */
const OPTIONS: Record<number, [number, number[]][]> = {
  0xc021: [
    [1, [2]],
    [2, [4]],
    [3, [2, 3, 4]],
    [4, [6]],
    [5, [4]],
    [7, [0]],
    [8, [0]],
    [9, [1]],
    [13, [1, 5]],
    [17, [2]],
    [19, [1, 7]],
  ],
  0x8021: [
    [1, [8]],
    [2, [4, 2]],
    [3, [4]],
    [129, [4]],
    [130, [4]],
    [131, [4]],
    [132, [4]],
  ],
  0x8057: [
    [1, [8]],
    [2, [2]],
  ],
};

const AUTHS = ['c023', 'c22305', 'c22381', 'c22380', 'c227', 'c0', 'c02300', 'c2230500'].map(hex);
const SPECIAL_VALUES = ['00000000', 'ffffffff', '0a0b0c0d', '0a0b0c0e', '002d0f01', '002dff00', '00030f01'].map(hex);

function option(r: Random, protocol: number): Uint8Array {
  const known = OPTIONS[protocol];
  const [type, lengths] = r.below(12) ? r.pick(known) : [byte(r), [r.below(12)]];
  const length = r.below(12) ? r.pick(lengths) : r.below(14);
  let value: Uint8Array = Uint8Array.from({ length }, () => byte(r));
  if (type === 3 && protocol === 0xc021 && r.below(6)) {
    value = r.pick(AUTHS);
  } else if (length === 4 && r.below(2)) {
    value = r.pick(SPECIAL_VALUES);
  }
  const stated = r.below(25) ? value.length + 2 : byte(r);
  return concat([type, stated], value);
}

function options(r: Random, protocol: number): Uint8Array {
  const count = r.below(20) ? r.below(6) : r.below(300);
  return concat(...Array.from({ length: count }, () => option(r, protocol)));
}

/** Code, identifier, length and data, the length mostly right. */
function control(r: Random, code: number, id: number, data: Uint8Array | number[]): Uint8Array {
  const length = data.length + 4;
  const stated = r.below(25) ? length : r.pick([0, 1, 3, 4, length - 1, length + 1, 0xffff, r.below(2000)]);
  return concat([code, id, (stated >> 8) & 255, stated & 255], data, r.below(10) ? [] : r.bytes(r.below(9)));
}

function negotiation(r: Random, about: About, protocol: number, waited: number): Uint8Array {
  const id = r.below(4) ? waited & 255 : byte(r);
  const code = r.below(12) ? 1 + r.below(7) : byte(r);
  const request = about.requestOf(protocol);
  if (code >= 2 && code <= 4) {
    // Ours again, whole or in part, or something else.
    const how = r.below(4);
    const data = how < 2 ? request : how === 2 ? request.slice(0, r.below(request.length + 1)) : options(r, protocol);
    return control(r, code, id, data);
  }
  if (code === 7) {
    return control(r, code, byte(r), concat([byte(r), byte(r)], u16(r), r.bytes(r.below(20))));
  }
  return control(r, code, code === 1 ? byte(r) : id, code === 1 ? options(r, protocol) : r.bytes(r.below(8)));
}

const PROTOCOLS = [0x0021, 0x002d, 0x002f, 0x0057, 0x8021, 0x8057, 0x80fd, 0xc021, 0xc023, 0xc025, 0xc223, 0xc227];

function lcp(r: Random, about: About): Packet {
  if (r.below(3)) {
    return { protocol: 0xc021, body: negotiation(r, about, 0xc021, about.lcpId) };
  }
  const code = 8 + r.below(7);
  const rejected = r.pick(PROTOCOLS);
  const data = code === 8 ? concat([rejected >> 8, rejected & 255], r.bytes(r.below(12))) : r.bytes(r.below(20));
  return { protocol: 0xc021, body: control(r, code, byte(r), r.below(8) ? data : data.slice(0, r.below(4))) };
}

/** A length of one octet, and as many; sometimes not. */
const counted = (r: Random, bytes: Uint8Array): Uint8Array => concat([r.below(15) ? bytes.length : byte(r)], bytes);

function auth(r: Random, about: About): Packet {
  if (r.below(2)) {
    const code = r.below(10) ? 1 + r.below(3) : byte(r);
    const request = concat(
      counted(r, ascii(r.pick(['me', 'you', '']))),
      counted(r, ascii(r.pick(['secret', 'x', '']))),
    );
    const body = control(
      r,
      code,
      r.below(3) ? about.authId & 255 : byte(r),
      code === 1 ? request : counted(r, r.bytes(r.below(5))),
    );
    return { protocol: 0xc023, body };
  }
  const code = r.below(10) ? 1 + r.below(4) : byte(r);
  const id = r.below(4) ? about.authId & 255 : byte(r);
  let value = r.bytes(r.pick([0, 1, 16, 16, 16, 48, 49, 49, 255]));
  if (code === 2 && value.length === 16 && r.below(2)) {
    value = md5Of(concat([id], ascii('secret'), about.challenge));
  }
  const name = ascii(r.pick(['me', 'User', 'DOMAIN\\me', '', 'x'.repeat(200)]));
  const text = ascii(
    r.pick([
      '',
      'S=407A5589115FD0D6209F510FE9C04566932CDA56',
      'S=',
      'E=691 R=1 C=00 V=3',
      'E=648',
      'E=x',
      'M=hello',
      'E=' + '9'.repeat(60),
    ]),
  );
  return { protocol: 0xc223, body: control(r, code, id, code < 3 ? concat(counted(r, value), name) : text) };
}

function vj(r: Random): Packet {
  if (r.below(5) === 0) {
    const whole = segment(r.below(1000), r.below(4), r.below(200));
    whole[9] = r.below(6) ? r.below(16) : byte(r);
    return { protocol: 0x2f, body: whole };
  }
  const changes = r.below(256);
  const deltas = concat(...Array.from({ length: r.below(7) }, () => (r.below(3) ? [byte(r)] : [0, byte(r), byte(r)])));
  const slot = changes & 0x40 ? [r.below(8) ? r.below(5) : byte(r)] : [];
  return { protocol: 0x2d, body: concat([changes], slot, u16(r), deltas, r.bytes(r.below(30))) };
}

/** The next input of a target, before bytes of it are changed at random. */
export function build(r: Random, target: Target, about: About): Packet {
  switch (target) {
    case 'lcp':
      return lcp(r, about);
    case 'auth':
    case 'mschap':
      return auth(r, about);
    case 'ipcp':
      return { protocol: 0x8021, body: negotiation(r, about, 0x8021, about.ipcpId) };
    case 'ipv6cp':
      return r.below(8)
        ? { protocol: 0x8057, body: negotiation(r, about, 0x8057, about.ipv6cpId) }
        : { protocol: 0x57, body: concat([0x60], r.bytes(r.below(60))) };
    case 'vj':
      return vj(r);
    default:
      if (r.below(20) === 0) {
        // The framer knows the end of a long packet from its beginning.
        return { protocol: 0x21, body: segment(r.below(1000), r.below(4), 250 + r.below(1300)) };
      }
      return r.below(12)
        ? build(r, r.pick(['lcp', 'auth', 'ipcp', 'ipv6cp', 'vj'] as const), about)
        : { protocol: r.below(3) ? r.pick(PROTOCOLS) : r.below(0x10000), body: concat(u32(r), r.bytes(r.below(100))) };
  }
}

/** Changes, inserts, removes and doubles octets; most inputs are left as they are built. */
export function mutate(r: Random, body: Uint8Array): Uint8Array {
  let bytes = body;
  for (let n = r.below(3) ? 0 : 1 + r.below(4); n > 0 && bytes.length; n--) {
    const at = r.below(bytes.length);
    switch (r.below(6)) {
      case 0:
        bytes = bytes.slice(0, at);
        break;
      case 1:
        bytes = concat(bytes.subarray(0, at), [byte(r)], bytes.subarray(at));
        break;
      case 2:
        bytes = concat(bytes.subarray(0, at), bytes.subarray(at + 1 + r.below(4)));
        break;
      case 3:
        bytes = concat(bytes.subarray(0, at), bytes.subarray(at), bytes.subarray(at));
        break;
      default:
        bytes = bytes.slice();
        bytes[at] = r.below(2) ? byte(r) : bytes[at] ^ (1 << r.below(8));
    }
  }
  return bytes.length > 2500 ? bytes.slice(0, 2500) : bytes;
}
