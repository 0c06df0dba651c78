/** Two Networks of the node target, joined by PPP over a pair of Duplexes: a client's, and one behind a PPP server. */

import type { Duplex } from 'node:stream';
import { Network } from '../../board-targets/node/network';
import { udpBind, udpSend } from '../../modules/inet/udp';
import { hostRearm, type Bounds } from '../../modules/network/host';
import type { PPP } from '../../modules/network/ppp';
import { linkClose } from '../../modules/ppp/link';
import { linePair } from '../../scripts/lines/pair';
import { aRecord, dnsAnswer, parseDnsQuery } from './packets';
import { FAR, NEAR, pppServer } from './ppp-server';

export { FAR, NEAR };

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
  const link = pppServer(line, host, FAR);
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
