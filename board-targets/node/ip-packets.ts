/** IP packets on a stream of bytes: one after the other, each as long as its own header says. */

const IPV4_LEAST = 20;
const IPV6_HEADER = 40;
/** The longest header part that must be there to know the length. */
const LENGTH_KNOWN = 6;

/** The length of the packet at the start of `bytes`: 0 when more is needed to tell, -1 when this is no IP packet. */
export function packetLength(bytes: Uint8Array): number {
  if (bytes.length === 0) return 0;
  const version = bytes[0] >> 4;
  if (version !== 4 && version !== 6) return -1;
  if (bytes.length < LENGTH_KNOWN) return 0;
  if (version === 6) return IPV6_HEADER + ((bytes[4] << 8) | bytes[5]);
  const total = (bytes[2] << 8) | bytes[3];
  return total < IPV4_LEAST ? -1 : total;
}

/** Cuts a stream into packets, however it is cut into chunks. */
export class PacketSplitter {
  private pending: Buffer = Buffer.alloc(0);
  /** What came is not IP; nothing that follows can be trusted. */
  broken = false;

  constructor(private readonly onPacket: (packet: Buffer) => void) {}

  push(chunk: Uint8Array): void {
    if (this.broken) return;
    this.pending = this.pending.length ? Buffer.concat([this.pending, chunk]) : Buffer.from(chunk);
    for (;;) {
      const length = packetLength(this.pending);
      if (length < 0) {
        this.broken = true;
        this.pending = Buffer.alloc(0);
        return;
      }
      if (length === 0 || length > this.pending.length) return;
      const packet = this.pending.subarray(0, length);
      this.pending = this.pending.subarray(length);
      this.onPacket(packet);
    }
  }
}
