/** What inputs are made of. */

import { createHash } from 'node:crypto';
import { hex } from '../helpers/bytes';

export function md5Of(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('md5').update(bytes).digest());
}

const HEADER = hex(
  '45000028000040004006' + '0000' + '0a0000010a000002' + '03e80050' + '0000000000001388' + '50101000abcd0000',
);

/** A TCP packet of a connection; its checksums are wrong, which VJ does not look at. */
export function segment(n: number, connection: number, data: number): Uint8Array {
  const packet = new Uint8Array(40 + data).fill(n);
  packet.set(HEADER);
  packet[2] = packet.length >> 8;
  packet[3] = packet.length;
  packet[5] = n;
  packet[21] = connection;
  packet[26] = n >> 8;
  packet[27] = n;
  return packet;
}
