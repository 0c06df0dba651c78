/** LCP, the network control protocols, PAP, CHAP and EAP. Nothing secret is ever printed: no password, no CHAP value. */

import { optionsText } from './options';
import { CHAP_CODES, CODES, PAP_CODES, protocolName } from './protocols';
import { count, hex, quoted, u16 } from './reader';

const CCP_CODES: Record<number, string> = { 14: 'Reset-Request', 15: 'Reset-Ack' };
const EAP_CODES = ['', 'Request', 'Response', 'Success', 'Failure'];
const EAP_TYPES: Record<number, string> = { 1: 'Identity', 2: 'Notification', 3: 'Legacy Nak', 4: 'MD5-Challenge' };

const HIDDEN = '(hidden)';

type Body = (code: number, data: Uint8Array, protocol: number) => string;

const lcpBody: Body = (code, data, protocol) => {
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4:
      return optionsText(protocol, data) || 'no options';
    case 5:
    case 6:
      return data.length ? quoted(data) : '';
    // What was rejected may be a packet with a password in it.
    case 7:
      return `code ${data[0]}, ${count(data.length, 'byte')} sent back`;
    case 8:
      return `${protocolName(u16(data, 0))}, ${count(Math.max(0, data.length - 2), 'byte')} sent back`;
    case 9:
    case 10:
    case 11:
      return `Magic ${hex(data.subarray(0, 4))}${data.length > 4 ? `, ${count(data.length - 4, 'byte')}` : ''}`;
    case 12:
      return `Magic ${hex(data.subarray(0, 4))}, ${quoted(data.subarray(4))}`;
    default:
      return count(data.length, 'byte');
  }
};

const papBody: Body = (code, data) =>
  code === 1
    ? `user ${quoted(data.subarray(1, 1 + data[0]))}, password ${HIDDEN}`
    : data[0]
      ? `message ${quoted(data.subarray(1, 1 + data[0]))}`
      : '';

/** MSCHAPv2 has its proof in the message of Success, and another challenge in that of Failure. */
function chapMessage(data: Uint8Array): string {
  return data.length ? `message ${quoted(data).replace(/\b([SC])=[0-9A-Fa-f]+/g, `$1=${HIDDEN}`)}` : '';
}

const chapBody: Body = (code, data) =>
  code < 3
    ? `value of ${count(data[0] ?? 0, 'byte')} ${HIDDEN}, name ${quoted(data.subarray(1 + data[0]))}`
    : chapMessage(data);

const eapBody: Body = (code, data) => {
  const type = data[0];
  const name = EAP_TYPES[type] ?? `type ${type}`;
  return code > 2 ? '' : `${name}${type === 1 && code === 2 ? ` ${quoted(data.subarray(1))}` : ''}`;
};

const CODES_OF: Record<number, [codes: ArrayLike<string> | Record<number, string>, body: Body]> = {
  0xc023: [PAP_CODES, papBody],
  0xc223: [CHAP_CODES, chapBody],
  0xc227: [EAP_CODES, eapBody],
};

/** A packet of a control or authentication protocol: code, identifier, length and what is in it. */
export function controlText(protocol: number, packet: Uint8Array): string {
  const length = u16(packet, 2);
  if (packet.length < 4 || length < 4 || length > packet.length) {
    return 'malformed';
  }
  const [codes, body] = CODES_OF[protocol] ?? [protocol === 0x80fd ? { ...CODES, ...CCP_CODES } : CODES, lcpBody];
  const code = packet[0];
  const name = (codes as Record<number, string>)[code];
  const text = name ? body(code, packet.subarray(4, length), protocol) : count(length - 4, 'byte');
  return `${name || `Code ${code}`} id ${packet[1]}${text && `: ${text}`}`;
}
