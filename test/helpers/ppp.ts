/**
 * PPP packets as text, and frames of RFC 1662, written without the code under test.
 *
 *   lcp req 1 mru=05dc accm=000a0000 auth=c023 magic=01020304 pfc acfc     Configure-Request, its options
 *   ipcp nak 2 addr=10.0.0.2 dns1=10.0.0.1 dns2=0.0.0.0
 *   lcp echo 7 deadbeef                                                    other codes: identifier and data as hex
 *   pap req 1 user:secret           pap ack 1
 *   chap challenge 5 00112233:name  chap response 5 00112233:name  chap success 5
 *   ip 4500...                      any other protocol: its name or number in hex, then data as hex
 */

import { ascii, concat, hex, toHex } from './bytes';

const PROTOCOLS: Record<string, number> = {
  ip: 0x0021,
  ipv6: 0x0057,
  ipcp: 0x8021,
  ipv6cp: 0x8057,
  ccp: 0x80fd,
  lcp: 0xc021,
  pap: 0xc023,
  lqr: 0xc025,
  chap: 0xc223,
};

const CODES: Record<string, string[]> = {
  lcp: '- req ack nak rej termreq termack coderej protrej echo echoreply discard ident time'.split(' '),
  ipcp: '- req ack nak rej termreq termack coderej'.split(' '),
  ipv6cp: '- req ack nak rej termreq termack coderej'.split(' '),
  pap: '- req ack nak'.split(' '),
  chap: '- challenge response success failure'.split(' '),
};

const OPTIONS: Record<string, Record<string, number>> = {
  lcp: { mru: 1, accm: 2, auth: 3, quality: 4, magic: 5, pfc: 7, acfc: 8 },
  ipv6cp: { id: 1 },
  ipcp: { vj: 2, addr: 3, dns1: 129, dns2: 131 },
};

const ADDRESSES = /^(addr|dns[12])$/;
const CONFIGURE = /^(req|ack|nak|rej)$/;

const nameOf = (names: Record<string, number>, number: number): string | undefined =>
  Object.keys(names).find((name) => names[name] === number);

const pad = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

/** A packet: its protocol, and what stands behind the protocol field. */
export interface Packet {
  protocol: number;
  body: Uint8Array;
}

function optionBytes(protocol: string, text: string): Uint8Array {
  const [name, value = ''] = text.split('=');
  const type = OPTIONS[protocol][name] ?? parseInt(name.slice(1), 10);
  if (!(type >= 0 && type < 256)) {
    throw new Error(`no option ${text}`);
  }
  const data = ADDRESSES.test(name) && value ? Uint8Array.from(value.split('.').map(Number)) : hex(value);
  return concat([type, 2 + data.length], data);
}

/** The packet a line of text stands for. */
export function packetOf(text: string): Packet {
  const [name, codeName, idText, ...rest] = text.split(' ');
  const codes = CODES[name];
  const protocol = PROTOCOLS[name] ?? parseInt(name, 16);
  if (!codes) {
    return { protocol, body: hex(codeName ?? '') };
  }
  const found = codes.indexOf(codeName);
  const code = found > 0 ? found : parseInt(codeName.replace(/^code/, ''), 10);
  const id = Number(idText);
  if (!(code >= 0) || !(id >= 0)) {
    throw new Error(`cannot read ${text}`);
  }
  let data: Uint8Array;
  if (OPTIONS[name] && CONFIGURE.test(codeName)) {
    data = concat(...rest.map((option) => optionBytes(name, option)));
  } else if (name === 'pap' && codeName === 'req') {
    const [user, key] = rest[0].split(':');
    data = concat([user.length], ascii(user), [key.length], ascii(key));
  } else if (name === 'pap') {
    data = concat([0]);
  } else if (name === 'chap' && code < 3) {
    const [value, who] = rest[0].split(':');
    data = concat([value.length / 2], hex(value), ascii(who));
  } else {
    data = hex(rest.join(''));
  }
  return { protocol, body: concat([code, id, (data.length + 4) >> 8, (data.length + 4) & 255], data) };
}

function optionsText(protocol: string, data: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < data.length; at += data[at + 1]) {
    if (data[at + 1] < 2 || at + data[at + 1] > data.length) {
      return ` malformed ${toHex(data)}`;
    }
    const name = nameOf(OPTIONS[protocol], data[at]) ?? `o${data[at]}`;
    const value = data.subarray(at + 2, at + data[at + 1]);
    const text = ADDRESSES.test(name) && value.length === 4 ? value.join('.') : toHex(value);
    parts.push(text ? `${name}=${text}` : name);
  }
  return parts.map((part) => ` ${part}`).join('');
}

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** The text of a packet: packetOf() the other way round. */
export function textOf({ protocol, body }: Packet): string {
  const name = nameOf(PROTOCOLS, protocol) ?? pad(protocol, 4);
  const codes = CODES[name];
  if (!codes || body.length < 4) {
    return `${name} ${toHex(body)}`.trim();
  }
  const length = body[2] * 256 + body[3];
  if (length !== body.length) {
    return `${name} malformed ${toHex(body)}`;
  }
  const code = codes[body[0]] ?? `code${body[0]}`;
  const data = body.subarray(4);
  const head = `${name} ${code} ${body[1]}`;
  if (OPTIONS[name] && CONFIGURE.test(code)) {
    return head + optionsText(name, data);
  }
  if (name === 'pap') {
    return code === 'req'
      ? `${head} ${latin1(data.subarray(1, 1 + data[0]))}:${latin1(data.subarray(2 + data[0]))}`
      : head;
  }
  if (name === 'chap' && body[0] < 3) {
    return `${head} ${toHex(data, 1, 1 + data[0])}:${latin1(data.subarray(1 + data[0]))}`;
  }
  return data.length ? `${head} ${name === 'chap' ? latin1(data) : toHex(data)}` : head;
}

/** RFC 1662 Appendix C, a bit at a time. */
export function fcsOf(bytes: Uint8Array): number {
  let fcs = 0xffff;
  for (const byte of bytes) {
    fcs ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      fcs = fcs & 1 ? (fcs >> 1) ^ 0x8408 : fcs >> 1;
    }
  }
  return fcs;
}

export interface Framing {
  acfc?: boolean;
  pfc?: boolean;
  /** Control characters to be escaped; all of them unless told. */
  accm?: number;
  /** Without the flag in front. */
  shared?: boolean;
}

/** The bytes between the flags before stuffing: header, body and FCS. */
export function contentOf({ protocol, body }: Packet, framing: Framing = {}): Uint8Array {
  const number = framing.pfc && protocol < 0x100 ? [protocol] : [protocol >> 8, protocol & 255];
  const plain = concat(framing.acfc ? [] : [0xff, 0x03], number, body);
  const fcs = fcsOf(plain) ^ 0xffff;
  return concat(plain, [fcs & 255, fcs >> 8]);
}

/** Stuffs what stands between two flags, and puts the flags around. */
export function wireOf(content: Uint8Array, accm = -1, shared = false): Uint8Array {
  const out: number[] = shared ? [] : [0x7e];
  for (const byte of content) {
    if (byte === 0x7e || byte === 0x7d || (byte < 0x20 && (accm >>> byte) & 1)) {
      out.push(0x7d, byte ^ 0x20);
    } else {
      out.push(byte);
    }
  }
  out.push(0x7e);
  return Uint8Array.from(out);
}

export function frameOf(packet: Packet | string, framing: Framing = {}): Uint8Array {
  const content = contentOf(typeof packet === 'string' ? packetOf(packet) : packet, framing);
  return wireOf(content, framing.accm ?? -1, framing.shared);
}

/** A received frame, and how it was framed. */
export interface Received extends Packet {
  acfc: boolean;
  pfc: boolean;
  /** Control characters that came unescaped. */
  bare: number;
}

/** Reads frames off a line; throws at the first octet that a good sender would not send. */
export class Reader {
  private raw: number[] = [];

  push(bytes: Uint8Array): Received[] {
    const frames: Received[] = [];
    for (const byte of bytes) {
      if (byte !== 0x7e) {
        this.raw.push(byte);
      } else if (this.raw.length) {
        frames.push(decode(this.raw));
        this.raw = [];
      }
    }
    return frames;
  }

  /** Whether the last byte was a flag. */
  get idle(): boolean {
    return !this.raw.length;
  }
}

function decode(raw: number[]): Received {
  const content: number[] = [];
  let bare = 0;
  for (let i = 0; i < raw.length; i++) {
    if (raw[i] === 0x7d) {
      if (++i === raw.length) {
        throw new Error('the link sent an aborted frame');
      }
      content.push(raw[i] ^ 0x20);
    } else {
      if (raw[i] < 0x20) {
        bare |= 1 << raw[i];
      }
      content.push(raw[i]);
    }
  }
  const bytes = Uint8Array.from(content);
  if (fcsOf(bytes) !== 0xf0b8) {
    throw new Error(`the link sent a frame with a bad FCS: ${toHex(bytes)}`);
  }
  const acfc = !(bytes[0] === 0xff && bytes[1] === 0x03);
  let at = acfc ? 0 : 2;
  const pfc = (bytes[at] & 1) === 1;
  const protocol = pfc ? bytes[at] : bytes[at] * 256 + bytes[at + 1];
  at += pfc ? 1 : 2;
  return { protocol, body: bytes.slice(at, -2), acfc, pfc, bare };
}
