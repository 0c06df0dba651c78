/** PPP's numbers by name: its protocols, and the codes of their packets (IANA). */

const NAMES: Record<number, string> = {
  0x0021: 'IPv4',
  0x002d: 'VJ compressed TCP',
  0x002f: 'VJ uncompressed TCP',
  0x0057: 'IPv6',
  0x00fd: 'compressed datagram',
  0x8021: 'IPCP',
  0x8057: 'IPV6CP',
  0x80fd: 'CCP',
  0x8281: 'MPLSCP',
  0xc021: 'LCP',
  0xc023: 'PAP',
  0xc025: 'LQR',
  0xc029: 'CBCP',
  0xc223: 'CHAP',
  0xc227: 'EAP',
};

export function protocolName(protocol: number): string {
  return NAMES[protocol] ?? `protocol ${protocol.toString(16).padStart(4, '0')}`;
}

/** Of LCP; the first seven of all that negotiate. */
export const CODES = [
  '',
  'Configure-Request',
  'Configure-Ack',
  'Configure-Nak',
  'Configure-Reject',
  'Terminate-Request',
  'Terminate-Ack',
  'Code-Reject',
  'Protocol-Reject',
  'Echo-Request',
  'Echo-Reply',
  'Discard-Request',
  'Identification',
  'Time-Remaining',
];
export const PAP_CODES = ['', 'Authenticate-Request', 'Authenticate-Ack', 'Authenticate-Nak'];
export const CHAP_CODES = ['', 'Challenge', 'Response', 'Success', 'Failure'];
