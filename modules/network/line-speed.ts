/**
 * An optional part: a PPP link whose stream says how fast its line is is sent segments of TCP that pass it in a while that is
 * short beside what a sender waits before it sends again. `useSack` comes before it.
 */

import { IPV4_HEADER } from '../wire/ipv4';
import { TCP_HEADER } from '../wire/tcp';
import { useSegmentLimit } from '../inet/segment-limit';
import { Host } from './host';
import { isNewPart } from './parts';
import type { PPP } from './ppp';

/** Bits of an octet on the line: 8N1. */
const BITS = 10;

/**
 * RFC 3150 §2.3 has 100 to 200 ms for a packet. Who is acknowledged by every second segment waits 200 ms at least before he
 * sends again (Linux): two have to fit.
 */
const SEGMENT_MS = 100;

/** PPP's frame: flags, protocol, FCS, and a few escapes. */
const FRAME = 16;

/** TCP of this host heeds the speed of lines from now on. */
export function useLineSpeed(host: Host): void {
  if (isNewPart(host, 'speed')) {
    useSegmentLimit(host._stack, function (netif) {
      const nic = netif._nic as PPP | undefined;
      const baudrate = nic && nic._stream ? nic._stream.baudrate || 0 : 0;
      return baudrate
        ? Math.floor((baudrate / BITS) * (SEGMENT_MS / 1000)) - FRAME - IPV4_HEADER - TCP_HEADER
        : Infinity;
    });
  }
}
