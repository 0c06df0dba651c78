/** A PPP server on a board's line, with IPv6 behind it: router advertisements, and a TCP server, on the board's time. */

import type { Duplex } from 'node:stream';
import { ipv6Poll, ipv6PollAt, netif6Up } from '../../modules/inet/autoconf';
import { ipv6Input } from '../../modules/inet/input6';
import { createNetif6, useIpv6, type Netif6 } from '../../modules/inet/ip6';
import { netifUp, type Netif } from '../../modules/inet/ip';
import { stackFlush, stackInput } from '../../modules/inet/stack';
import { tcpListen, tcpWrite } from '../../modules/inet/tcp';
import { createHost, hostRearm, type Host, type Platform } from '../../modules/network/host';
import { ipv6Send, useIpv6cp } from '../../modules/ppp/ipv6cp';
import { createLink, linkInput, linkOpen, linkPoll, linkPollAt, linkSend } from '../../modules/ppp/link';
import { makeServer } from '../../modules/ppp/server';
import { addressNumber } from './packets';
import { advertisement, parse6, prefixOption, type Parsed6 } from './packets6';

export const PREFIX = '2001:db8:7::';
export const SERVER6 = '2001:db8:7::1';
const NEAR = '10.64.0.2';
const FAR = '10.64.0.1';
const RUNNING = 4;

export class SixPeer {
  readonly host: Host;
  /** What has come from the board. */
  readonly heard: Parsed6[] = [];

  /** Answers on port 80 with what it gets, turned round. */
  constructor(line: Duplex, platform: Platform) {
    const host = (this.host = createHost(platform));
    const now = (): number => host._nowMs();
    const v6 = useIpv6(host._stack);
    const link = createLink(
      {
        _write: (bytes) => void line.write(bytes),
        _random32: host._random32,
        _phaseChanged: (phase) => void ((phase as number) === RUNNING && netifUp(host._stack, netif)),
        _ended: () => {},
        _packet: (buf, at, end) => stackInput(host._stack, netif, buf, at, end, now()),
        _trace: null,
      },
      1500,
      8192,
    );
    const netif: Netif = {
      _address: addressNumber(FAR),
      _mask: 0xffffffff,
      _gateway: addressNumber(NEAR),
      _mtu: 1500,
      _up: false,
      _dns: [],
      _output: (buf, at, end) => linkSend(link, buf, at, end, now()),
    };
    makeServer(link, {
      _demandAuth: 0,
      _secretOf: () => null,
      _address: addressNumber(FAR),
      _peerAddress: addressNumber(NEAR),
      _dns1: 0,
      _dns2: 0,
    });
    const six = useIpv6cp(link);
    six._silent = true;
    const netif6: Netif6 = createNetif6(v6, this, null, (buf, at, end) => ipv6Send(six, buf, at, end, now()));
    netif6._probes = false;
    netif6._autoconf = false;
    netif6._static = SERVER6;
    six._packet = (buf, at, end) => {
      this.heard.push(parse6(buf.slice(at, end)));
      ipv6Input(netif6, buf, at, end, now());
      // A router solicitation.
      if (this.heard[this.heard.length - 1].payload[0] === 133) {
        const packet = advertisement(netif6._addresses[0]._address, [prefixOption(PREFIX, 600, 300)]);
        const room = new Uint8Array(1600);
        room.set(packet, 20);
        ipv6Send(six, room, 20, 20 + packet.length, now());
      }
    };
    six._changed = () => {
      if (six._up) {
        netif6._identifier.set([0x02, 0, 0, 0xff, 0xfe, 0, 0, 0x07]);
        netif6Up(netif6, 1500, now());
      }
    };
    host._pollables.push({ _poll: (nowMs) => linkPoll(link, nowMs), _pollAt: () => linkPollAt(link) });
    host._pollables.push({ _poll: (nowMs) => ipv6Poll(v6, nowMs), _pollAt: () => ipv6PollAt(v6) });
    tcpListen(host._stack, 80, 2, () => ({
      _connected: () => {},
      _data: (tcb, bytes) => void tcpWrite(tcb, Uint8Array.from(bytes).reverse(), 0, bytes.length, now()),
      _ended: () => {},
      _writable: () => {},
      _closed: () => {},
    }));
    linkOpen(link, now());
    line.on('data', (chunk: Buffer) => {
      linkInput(link, chunk, chunk.length, now());
      stackFlush(host._stack);
      hostRearm(host);
    });
    hostRearm(host);
  }
}
