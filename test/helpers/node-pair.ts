/** Two Networks of the node target, joined by PPP over a pair of Duplexes: a client's, and one behind a PPP server. */

import type { Duplex } from 'node:stream';
import { Network } from '../../board-targets/node/network';
import { netifUp, type Netif } from '../../modules/inet/ip';
import { netifDown, stackFlush, stackInput } from '../../modules/inet/stack';
import { udpBind, udpSend } from '../../modules/inet/udp';
import { hostRearm, type Bounds } from '../../modules/network/host';
import type { PPP } from '../../modules/network/ppp';
import { createLink, linkClose, linkInput, linkOpen, linkPoll, linkPollAt, linkSend } from '../../modules/ppp/link';
import { makeServer } from '../../modules/ppp/server';
import { linePair } from '../../scripts/lines/pair';
import { aRecord, addressNumber, dnsAnswer, parseDnsQuery } from './packets';

export const FAR = '10.64.0.1';
export const NEAR = '10.64.0.2';
const RUNNING = 4;

export interface NodePair {
  near: Network;
  far: Network;
  ppp: PPP;
  /** The client's end of the line. */
  line: Duplex;
  /** The server ends the link. */
  hangUp(): void;
  close(): Promise<void>;
}

/** A line in memory does not keep the program running, as a real one does. */
export function keepAlive(): () => void {
  const timer = setInterval(() => {}, 1000);
  return () => clearInterval(timer);
}

/** A PPP server on the line for the network behind it; it also answers for names. */
export function serve(line: Duplex, far: Network, names: Record<string, string> = {}): () => void {
  const host = far.host;
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
      _write: (bytes) => void (line.writable && line.write(bytes)),
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
    _dns1: addressNumber(FAR),
    _dns2: 0,
  });
  host._pollables.push({ _poll: (nowMs) => linkPoll(link, nowMs), _pollAt: () => linkPollAt(link) });
  linkOpen(link, now());
  line.on('data', (chunk: Buffer) => {
    linkInput(link, chunk, chunk.length, now());
    stackFlush(host._stack);
    hostRearm(host);
  });
  const dns = udpBind(host._stack, 53, (payload, from, port) => {
    const { id, name } = parseDnsQuery(payload);
    const answer = names[name] ? dnsAnswer(id, name, [aRecord(names[name])]) : dnsAnswer(id, name, [], 3);
    udpSend(dns!, answer, from, port, now());
  });
  return () => {
    linkClose(link, now());
    hostRearm(host);
  };
}

export async function nodePair(bounds: Partial<Bounds> = {}): Promise<NodePair> {
  const [line, other] = linePair();
  const release = keepAlive();
  const near = new Network(bounds);
  const far = new Network();
  const hangUp = serve(other, far, { 'web.test': FAR });
  // Whatever a test has left open when its link ends hears of it as an error.
  for (const network of [near, far]) {
    const connect = network.connect.bind(network);
    const listen = network.listen.bind(network);
    network.connect = (port, name) => connect(port, name).on('error', () => {});
    network.listen = (port, connection, backlog) =>
      listen(port, (socket) => connection(socket.on('error', () => {})), backlog);
  }
  const ppp = near.ppp(line);
  await new Promise<void>((resolve, reject) => ppp.connect((error) => (error ? reject(error) : resolve())));
  return {
    near,
    far,
    ppp,
    line,
    hangUp,
    close: async () => {
      await new Promise<void>((resolve) => ppp.disconnect(() => resolve()));
      line.destroy();
      other.destroy();
      release();
    },
  };
}
