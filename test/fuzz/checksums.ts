import { internetSum } from '../helpers/packets';

/** Makes the checksums of an IPv4 packet good again, as far as there are such. */
export function refresh(packet: Buffer): void {
  const header = (packet[0] & 15) << 2;
  if (packet.length < 20 || header < 20 || header > packet.length) {
    return;
  }
  packet.writeUInt16BE(0, 10);
  packet.writeUInt16BE(internetSum(packet.subarray(0, header)), 10);
  const total = Math.min(packet.length, packet.readUInt16BE(2));
  if (total < header) {
    return;
  }
  const body = packet.subarray(header, total);
  const pseudo = Buffer.concat([
    packet.subarray(12, 20),
    Buffer.from([0, packet[9], body.length >> 8, body.length & 255]),
  ]);
  const at = packet[9] === 6 ? 16 : packet[9] === 17 ? 6 : packet[9] === 1 ? 2 : -1;
  if (at >= 0 && body.length >= at + 2) {
    body.writeUInt16BE(0, at);
    body.writeUInt16BE(packet[9] === 1 ? internetSum(body) : internetSum(pseudo, body) || 0xffff, at);
  }
}
