/**
 * Packet captures for Wireshark: the classic pcap file format (draft-ietf-opsawg-pcap) with LINKTYPE_PPP_WITH_DIR, so
 * that the capture tells who sent a frame.
 */

import { closeSync, openSync, writeSync } from 'node:fs';

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const LINKTYPE_PPP_WITH_DIR = 204;
const SNAP_LEN_BYTES = 262144;
const RECEIVED_BY_THIS_HOST = 0;
const SENT_BY_THIS_HOST = 1;

/**
 * Writes frames straight to the file: what was captured is there even when the program dies.
 * The constructor throws the system's error when the file cannot be written.
 */
export class PcapWriter {
  private fd: number | undefined;

  /** @param path is overwritten */
  constructor(path: string) {
    this.fd = openSync(path, 'w');
    const header = Buffer.alloc(24);
    header.writeUInt32LE(MAGIC_MICROSECONDS, 0);
    header.writeUInt16LE(2, 4); // version 2.4
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(SNAP_LEN_BYTES, 16);
    header.writeUInt32LE(LINKTYPE_PPP_WITH_DIR, 20);
    writeSync(this.fd, header);
  }

  /**
   * Adds a PPP frame; does nothing after close(). Throws the system's error, when the disk is full for example.
   *
   * @param bytes from the address (ff 03) or from the protocol field on, unescaped, without FCS
   * @param atMs when, in milliseconds since 1970 with fractions; now by default
   */
  frame(sent: boolean, bytes: Uint8Array, atMs: number = performance.timeOrigin + performance.now()): void {
    if (this.fd === undefined) return;
    const atMicros = Math.round(atMs * 1000);
    const kept = bytes.subarray(0, SNAP_LEN_BYTES - 1);
    const record = Buffer.alloc(17 + kept.length);
    record.writeUInt32LE(Math.floor(atMicros / 1e6), 0);
    record.writeUInt32LE(atMicros % 1e6, 4);
    record.writeUInt32LE(kept.length + 1, 8);
    record.writeUInt32LE(bytes.length + 1, 12);
    record[16] = sent ? SENT_BY_THIS_HOST : RECEIVED_BY_THIS_HOST;
    record.set(kept, 17);
    writeSync(this.fd, record);
  }

  /** Closes the file; more than once does no harm. */
  async close(): Promise<void> {
    if (this.fd === undefined) return;
    closeSync(this.fd);
    this.fd = undefined;
  }
}
