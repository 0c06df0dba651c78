/** --pcap: the packets of a link in a file for Wireshark. */

import { PcapWriter } from '../lines/pcap';
import { CommandError, EXIT_USAGE, oneLine } from './failure';

export interface Capture {
  trace(sent: boolean, protocol: number, packet: Uint8Array): void;
  close(): Promise<void>;
}

const PAP = 0xc023;
const AUTHENTICATE_REQUEST = 1;
const LCP = 0xc021;
const PROTOCOL_REJECT = 8;

/** Captures are shown around: the password of PAP is starred out in the copy (RFC 1334 §2.2.1). */
export function hideSecret(protocol: number, packet: Uint8Array): void {
  const key = 5 + packet[4];
  if (protocol === PAP && packet[0] === AUTHENTICATE_REQUEST && key < packet.length) {
    packet.fill(0x2a, key + 1, key + 1 + packet[key]);
  }
  const rejected = packet[4] * 256 + packet[5];
  if (protocol === LCP && packet[0] === PROTOCOL_REJECT && rejected === PAP) {
    packet.fill(0x2a, 6); // What a peer sends back of one.
  }
}

/** @throws CommandError when the file cannot be written */
export function openCapture(path: string, say: (text: string) => void): Capture {
  let writer: PcapWriter | null;
  try {
    writer = new PcapWriter(path);
  } catch (error) {
    throw new CommandError(`--pcap ${path}: ${oneLine((error as Error).message)}`, EXIT_USAGE);
  }
  return {
    trace(sent, protocol, packet) {
      if (!writer) {
        return;
      }
      const frame = Buffer.alloc(4 + packet.length);
      frame.writeUInt32BE(0xff030000 + protocol);
      frame.set(packet, 4);
      hideSecret(protocol, frame.subarray(4));
      try {
        writer.frame(sent, frame);
      } catch (error) {
        // A full disk is no reason to lose the link.
        writer = null;
        say(`the capture ends here: ${oneLine((error as Error).message)}`);
      }
    },
    async close() {
      await writer?.close();
      writer = null;
    },
  };
}
