/** A PPP server of ours on a line, in front of a host: the other end for programs that are tried. */

import { netifUp, type Netif } from '../../modules/inet/ip';
import { netifDown, stackFlush, stackInput } from '../../modules/inet/stack';
import { hostRearm, type Host } from '../../modules/network/host';
import { createLink, linkInput, linkOpen, linkPoll, linkPollAt, linkSend, type Link } from '../../modules/ppp/link';
import { makeServer } from '../../modules/ppp/server';
import { addressNumber } from './packets';

export const FAR = '10.64.0.1';
export const NEAR = '10.64.0.2';
const RUNNING = 4;

/** What is used of a Duplex. */
export interface Line {
  readonly writable?: boolean;
  write(bytes: Uint8Array): unknown;
  on(event: 'data', heard: (chunk: Buffer) => void): unknown;
}

/** @param dns1 the name server that it tells, '0.0.0.0' for none; @param prepare before the link opens */
export function pppServer(line: Line, host: Host, dns1: string, prepare: (link: Link) => void = () => {}): Link {
  const now = (): number => host._nowMs();
  const netif: Netif = {
    _address: addressNumber(FAR),
    _mask: 0xffffffff,
    _gateway: addressNumber(NEAR),
    _mtu: 1500,
    _up: false,
    _dns: [],
    _output: (buf, at, end) => linkSend(link, buf, at, end, now()),
  };
  const link = createLink(
    {
      _write: (bytes) => void (line.writable !== false && line.write(bytes)),
      _random32: host._random32,
      _phaseChanged: (phase) => {
        if ((phase as number) === RUNNING) {
          netifUp(host._stack, netif);
        } else {
          netifDown(host._stack, netif, now());
        }
      },
      _ended: () => {},
      _packet: (buf, at, end) => stackInput(host._stack, netif, buf, at, end, now()),
      _trace: null,
    },
    1500,
    8192,
  );
  makeServer(link, {
    _demandAuth: 0,
    _secretOf: () => null,
    _address: addressNumber(FAR),
    _peerAddress: addressNumber(NEAR),
    _dns1: addressNumber(dns1),
    _dns2: 0,
  });
  prepare(link);
  host._pollables.push({ _poll: (nowMs) => linkPoll(link, nowMs), _pollAt: () => linkPollAt(link) });
  linkOpen(link, now());
  line.on('data', (chunk) => {
    linkInput(link, chunk, chunk.length, now());
    stackFlush(host._stack);
    hostRearm(host);
  });
  return link;
}
