/** Makes a wired interface: joins the W5500 below, the Ethernet link on it, and the host's stack above. */

import { EtherType } from '../wire/ethernet';
import { latin1Bytes } from '../wire/bytes';
import { min } from '../wire/math';
import { createEthernet, ethernetInput, ethernetOutput, ethernetPoll, ethernetPollAt } from '../ethernet/link';
import { SpiDevice, createW5500, w5500Poll, w5500PollAt, w5500Send } from '../ethernet/w5500';
import type { Netif } from '../inet/ip';
import { stackInput } from '../inet/stack';
import { carrier, configured, failed } from './ethernet-life';
import { wiredDriver } from './ethernet-settings';
import type { Wired } from './ethernet-types';
import { hostName } from './hostname';
import type { Host } from './host';
import { NIC, initNic } from './nic';

/** Neighbours known at a time. */
const NEIGHBOURS = 6;

const MTU = 1500;

/** Makes an interface of the chip behind `spi`. @param status its numbers for: inactive, no cable, cable, with an address */
export function initWired(nic: NIC, host: Host, spi: SpiDevice, mac: Uint8Array, numbers: number[]): void {
  initNic(nic, host);
  const netif = {
    _address: 0,
    _mask: 0,
    _gateway: 0,
    _mtu: MTU,
    _up: false,
    _dns: [],
    _nic: nic,
    _output: function (buf: Uint8Array, at: number, end: number) {
      const done = ethernetOutput(link, buf, at, end, host._stack._nowMs);
      host._stack._nowMs = host._nowMs();
      return done;
    },
  } as unknown as Netif;
  const chip = createW5500(
    spi,
    {
      _frame: function (buf, at, end) {
        ethernetInput(link, buf, at, end, host._nowMs());
      },
      _carrier: function (up) {
        carrier(wired, up);
      },
    },
    mac,
  );
  const link = createEthernet(
    {
      _transmit: function (buf, at, end) {
        return w5500Send(chip, buf, at, end);
      },
      _packet: function (type, buf, at, end) {
        if (type === EtherType.Ipv4) {
          stackInput(host._stack, netif, buf, at, end, link._nowMs);
        }
      },
      _configured: function () {
        configured(wired);
      },
      _failed: function (reason) {
        failed(wired, reason);
      },
      _random32: host._random32,
      _hostName: function () {
        return latin1Bytes(hostName());
      },
    },
    NEIGHBOURS,
  );
  link._mac = mac;
  const wired: Wired = {
    _nic: nic,
    _link: link,
    _chip: chip,
    _netif: netif,
    _cableAtMs: Infinity,
    _reason: '',
    _phase: 'dead',
    _gateway: 0,
  };
  nic._driver = wiredDriver(wired, numbers);
  if (host._wiredMade) {
    host._wiredMade(wired);
  }
  host._pollables.push({
    _poll: function (nowMs) {
      w5500Poll(chip, nowMs);
      ethernetPoll(link, nowMs);
      if (nowMs >= wired._cableAtMs) {
        wired._cableAtMs = Infinity;
        failed(wired, 'no-cable');
      }
    },
    _pollAt: function () {
      return min(w5500PollAt(chip), ethernetPollAt(link), wired._cableAtMs);
    },
  });
}
