/** Initial sequence numbers, RFC 6528. */

import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { useIsn } from '../../modules/inet/isn';
import { tcpConnect } from '../../modules/inet/tcp';
import type { Tcb } from '../../modules/inet/tcb';
import { seededRandom } from '../helpers/clock';
import { addressBytes, addressNumber } from '../helpers/packets';
import { OURS, PEER, Rig } from '../helpers/tcp';

function rig(): Rig {
  const t = new Rig({ bounds: { _tcpSockets: 400 } });
  useIsn(t.stack);
  return t;
}

/** The number that a connection with these ports gets now. */
function isn(t: Rig, ourPort: number, port: number, address = PEER): number {
  const tcb = {
    _localAddress: addressNumber(OURS),
    _remoteAddress: addressNumber(address),
    _localPort: ourPort,
    _remotePort: port,
  };
  return t.stack._isn(tcb as Tcb) >>> 0;
}

test('the hash of addresses, ports and a secret, plus a clock of 4 us', () => {
  const t = new Rig();
  const random = seededRandom(5);
  t.stack._random32 = random;
  useIsn(t.stack);
  const again = seededRandom(5);
  const secret = Buffer.alloc(16);
  for (let i = 0; i < 4; i++) {
    secret.writeUInt32BE(again(), 4 * i);
  }
  t.stack._nowMs = 123_456;
  const ports = Buffer.from([50001 >> 8, 50001 & 255, 80 >> 8, 80 & 255]);
  const digest = createHash('md5')
    .update(Buffer.concat([addressBytes(OURS), addressBytes(PEER), ports, secret]))
    .digest('hex');
  const hash = parseInt(digest.slice(0, 8), 16);
  assert.is(isn(t, 50001, 80), (hash + 123_456 * 250) % 0x100000000);
});

test('the same pair of sockets: a later connection begins beyond the last one', () => {
  const t = rig();
  t.stack._nowMs = 1000;
  const first = isn(t, 50000, 80);
  t.stack._nowMs = 11_000;
  assert.is((isn(t, 50000, 80) - first) >>> 0, 2_500_000);
});

test('other pairs, and other hosts, tell nothing of it', () => {
  const t = rig();
  const steps = new Set<number>();
  for (let port = 1; port < 300; port++) {
    steps.add((isn(t, 50000, port) - isn(t, 50000, port - 1)) | 0);
    steps.add((isn(t, 50000 + port, 80) - isn(t, 49999 + port, 80)) | 0);
    steps.add((isn(t, 50000, 80, `10.1.0.${port & 255}`) - isn(t, 50000, 80)) | 0);
  }
  assert.ok(steps.size > 840, `${steps.size} different steps`);
  const values = Array.from(steps);
  assert.ok(values.filter((step) => step > 0).length > 300 && values.filter((step) => step < 0).length > 300);
});

test('connections have it', () => {
  const t = rig();
  const tcb = tcpConnect(t.stack, addressNumber(PEER), 80, t.handler, t.clock.nowMs) as Tcb;
  assert.is(tcb._iss, isn(t, tcb._localPort, 80));
});

test.run();
