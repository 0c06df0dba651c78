/** A router with IPv6 as a station on the cable of a W5500, beside those that were there before. */

import { stackFlush } from '../../modules/inet/stack';
import { hostRearm, type Host } from '../../modules/network/host';
import { frame, macBytes, macText } from './ethernet';
import { neighbour, text6 } from './packets6';
import { SixRouter, siteOf } from './six-peer';
import type { W5500Chip } from './w5500';

const ETHER_IPV6 = 0x86dd;
const ROUTER_MAC = '02:00:00:00:00:07';
const ALL_NODES_MAC = '33:33:00:00:00:01';
/** Router, solicited, override. */
const HERE = 0xe0000000;

export class SixStation {
  readonly router: SixRouter;
  /** The board's MAC address, as its frames have it. */
  mac = '';

  /** @param arrive calls back when a frame of so many octets has gone over the cable */
  constructor(chip: W5500Chip, host: Host, arrive: (octets: number, run: () => void) => void, site = siteOf(7)) {
    const send = (buf: Uint8Array, at: number, end: number): boolean => {
      const packet = buf.slice(at, end);
      const bytes = frame(packet[24] === 0xff ? ALL_NODES_MAC : this.mac, ROUTER_MAC, ETHER_IPV6, packet);
      arrive(bytes.length, () => chip.feed(bytes));
      return true;
    };
    const router = (this.router = new SixRouter(host, send, site));
    const others = chip.onSend;
    chip.onSend = (bytes) => {
      if (bytes.readUInt16BE(12) !== ETHER_IPV6) {
        others?.(bytes);
        return;
      }
      this.mac = macText(bytes.subarray(6, 12));
      const { payload, protocol, source } = router.input(Uint8Array.from(bytes), 14, bytes.length);
      const target = protocol === 58 && payload[0] === 135 ? text6(payload.subarray(8, 24)) : '';
      if ([site.server, site.router].includes(target) && source !== '::') {
        const option = Buffer.concat([Buffer.from([2, 1]), macBytes(ROUTER_MAC)]);
        router.give(neighbour({ source: target, destination: source, target }, HERE, option));
      }
      stackFlush(host._stack);
      hostRearm(host);
    };
    router.up();
    hostRearm(host);
  }
}
