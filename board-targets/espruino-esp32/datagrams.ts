/**
 * UDP as the firmware's dgram has it: strings of datagrams, each with a header of 8 bytes: IPv4 address, port and length,
 * the last two little-endian.
 */

import { udpClose, UdpReceived, udpBind, udpOpen, udpSend } from '../../modules/inet/udp';
import { getU32 } from '../../modules/wire/bytes';
import type { Host } from '../../modules/network/host';
import { native } from './firmware';
import type { Socket } from './networkjs';

const HEADER = 8;

/** Datagrams that wait to be read; more are lost. */
const WAITING_MOST = 4;

/** What dgram puts in for a name, which is lost. */
const NO_ADDRESS = 0xffffffff;

function header(address: number, port: number, length: number): string {
  return String.fromCharCode(
    address >>> 24,
    (address >> 16) & 255,
    (address >> 8) & 255,
    address & 255,
    port & 255,
    port >> 8,
    length & 255,
    length >> 8,
  );
}

/** @param port 0 for any; null when it is taken */
export function datagramSocket(host: Host, port: number): Socket | null {
  const waiting: string[] = [];
  /** A datagram may come in several pieces. */
  let unsent = '';
  const received: UdpReceived = function (payload, source, sourcePort) {
    if (waiting.length < WAITING_MOST) {
      waiting.push(header(source as number, sourcePort, payload.length) + native.toString(payload));
    }
  };
  const udp = port ? udpBind(host._stack, port, received) : udpOpen(host._stack, received);
  return (
    udp && {
      _recv: function (length) {
        const text = waiting.shift() || '';
        // What does not fit cannot be had: the firmware takes one whole datagram at a time.
        return text.length > length ? '' : text;
      },

      _send: function (data) {
        unsent += data;
        while (unsent.length >= HEADER) {
          const head = native.toUint8Array(unsent.substr(0, HEADER));
          const end = HEADER + head[6] + (head[7] << 8);
          const destination = getU32(head, 0);
          if (unsent.length < end) {
            break;
          }
          if (destination !== NO_ADDRESS) {
            const bytes = native.toUint8Array(unsent.substr(HEADER, end - HEADER));
            udpSend(udp, bytes, destination, head[4] + (head[5] << 8), host._nowMs());
          }
          unsent = unsent.substr(end);
        }
        return data.length;
      },

      _accept: function () {
        return null;
      },

      _close: function () {
        udpClose(udp);
      },
    }
  );
}
