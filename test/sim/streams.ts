/**
 * Streams as iperf3 makes them, with Linux at the other end of `tun:`, by IPv4 and IPv6: how fast, and what Wireshark finds
 * in the capture. Root on Linux; the computer is the limit, its relay in Python above all.
 *
 *     node --import tsx test/sim/streams.ts [--megabytes 20]
 */

import { parseArgs } from 'node:util';
import * as assert from 'uvu/assert';
import type { TcpHandler } from '../../modules/inet/tcb';
import { tcpConnect, tcpWrite } from '../../modules/inet/tcp';
import { tcpShutdown } from '../../modules/inet/tcp-close';
import {
  LINUX,
  LINUX6,
  OURS6,
  Peer,
  cleanUp,
  environment,
  inside,
  nextPort,
  outcome,
  why,
  within,
} from '../helpers/linux';
import { addressNumber } from '../helpers/packets';
import { BAD_CHECKSUM, MALFORMED, capture } from '../helpers/tshark';

const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '20' } } });
const SIZE = Number(values.megabytes) * 1_000_000;

/** Takes all, or sends SIZE octets of zeros; says how many it has got. */
const PEER = `
import json, socket, sys
port, sends, size = int(sys.argv[1]), sys.argv[2] == 'send', int(sys.argv[3])
listener = socket.create_server(('::', port), family=socket.AF_INET6, dualstack_ipv6=True)
print('listening', flush=True)
connection, _ = listener.accept()
got = 0
if sends:
    piece = bytes(65536)
    while got < size:
        got += connection.send(piece[:min(65536, size - got)])
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)
else:
    while True:
        chunk = connection.recv(1 << 20)
        if not chunk: break
        got += len(chunk)
print(json.dumps({'octets': got}), flush=True)
`;

async function stream(peer: Peer, address: number | string, upload: boolean): Promise<number> {
  const port = nextPort();
  const server = inside('python3', '-u', '-c', PEER, String(port), upload ? 'take' : 'send', String(SIZE));
  const result = outcome<{ octets: number }>(server);
  await new Promise<void>((resolve) => server.stdout!.once('data', () => resolve()));
  const zeros = new Uint8Array(16384);
  let sent = 0;
  let got = 0;
  let over: () => void;
  const closed = new Promise<void>((resolve) => (over = resolve));
  const pump: TcpHandler['_writable'] = (tcb) => {
    while (upload && sent < SIZE) {
      const taken = tcpWrite(tcb, zeros, 0, Math.min(zeros.length, SIZE - sent), peer.now());
      sent += taken;
      if (!taken) return;
    }
    if (upload) tcpShutdown(tcb, peer.now());
  };
  const began = performance.now();
  const tcb = tcpConnect(
    peer.stack,
    address,
    port,
    {
      _connected: pump,
      _writable: pump,
      _data: (_tcb, bytes) => void (got += bytes.length),
      _ended: (ended) => tcpShutdown(ended, peer.now()),
      _closed: () => over(),
    },
    peer.now(),
  );
  assert.type(tcb, 'object');
  peer.rearm();
  const [{ octets }] = await within(Promise.all([result, closed]), 300);
  const seconds = (performance.now() - began) / 1000;
  assert.is(upload ? octets : got, SIZE);
  return SIZE / seconds / 1e6;
}

if (why) {
  console.log(`SKIP: ${why}`);
  process.exit(0);
}
environment.MICRONIC_IPV6 = '1';
console.log(`${SIZE / 1e6} MB one way over tun:, MTU 1500, rings of 16,384 octets`);
for (const [name, address] of [
  ['IPv4', addressNumber(LINUX)],
  ['IPv6', LINUX6],
] as const) {
  for (const upload of [false, true]) {
    const packets = capture();
    const peer = await Peer.open({
      ipv6: true,
      address6: OURS6,
      prepare: (network) => {
        network.host._trace = (sent, _protocol, buf, at, end) => packets.packet(sent, Buffer.from(buf.slice(at, end)));
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const rate = await stream(peer, address, upload);
    await peer.close();
    const counts = await packets.count({
      all: 'tcp',
      again: 'tcp.analysis.retransmission',
      malformed: MALFORMED,
      checksums: BAD_CHECKSUM,
    });
    console.log(
      `${name} ${upload ? 'to' : 'from'} Linux: ${rate.toFixed(1)} MB/s` +
        (counts
          ? `; ${counts.all} segments, ${counts.again} sent again, ${counts.malformed} malformed, ${counts.checksums} bad checksums`
          : ''),
    );
  }
}
cleanUp();
process.exit(0);
