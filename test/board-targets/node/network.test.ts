/** One host on a computer: the class Network, over a real line. */

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { network as theDefault, Network, PPP, UART } from '../../../board-targets/node/index';
import { linePair } from '../../../scripts/lines/pair';
import { FAR, NEAR, keepAlive, nodePair, serve } from '../../helpers/node-pair';

test('a PPP link over a pair of Duplexes, both directions, and down again', async () => {
  const pair = await nodePair();
  assert.equal(pair.ppp.ipconfig('addr4'), [NEAR, '255.255.255.255']);
  assert.is(pair.near.ipconfig('dns'), FAR);
  pair.near.listen(22, (socket) => socket.end('near'));
  pair.far.listen(22, (socket) => socket.end('far'));
  for (const [network, address, expected] of [
    [pair.near, FAR, 'far'],
    [pair.far, NEAR, 'near'],
  ] as const) {
    const socket = network.connect(22, address);
    const [data] = (await once(socket, 'data')) as [Buffer];
    assert.is(data.toString(), expected);
    socket.destroy();
  }
  await pair.close();
  assert.is(pair.ppp.status(), 0);
  assert.is(pair.near.ipconfig('dns'), '0.0.0.0');
});

test('the default host: new PPP(new UART(line)), as on a board', async () => {
  const [line, other] = linePair();
  const release = keepAlive();
  serve(other, new Network());
  const ppp = new PPP(new UART(line));
  ppp.connect();
  await new Promise<void>((resolve) => ppp.on('connected', () => resolve()));
  assert.is(theDefault.ipconfig('dns'), FAR);
  await new Promise<void>((resolve) => ppp.disconnect(() => resolve()));
  line.destroy();
  release();
});

for (const [baudRate, mss] of [
  [115200, 1096],
  [19200, 536],
  [460800, 1460],
  [undefined, 1460],
]) {
  test(`a line of ${baudRate ?? 'no known'} baud: segments of ${mss} octets come`, async () => {
    const [line, other] = linePair();
    const release = keepAlive();
    const [near, far] = [new Network(), new Network()];
    serve(other, far);
    far.listen(22, (socket) => void socket.on('error', () => {}).write('hello'));
    const ppp = near.ppp(Object.assign(line, { baudRate }));
    ppp.connect();
    await new Promise<void>((resolve) => ppp.on('connected', () => resolve()));
    const socket = near.connect(22, FAR);
    socket.on('error', () => {});
    await once(socket, 'data');
    assert.equal([near.host._stack._tcbs[0]._mss, far.host._stack._tcbs[0]._mss], [1460, mss]);
    socket.destroy();
    await new Promise<void>((resolve) => ppp.disconnect(() => resolve()));
    line.destroy();
    release();
  });
}

test('several hosts in one program do not mix', async () => {
  const [a, b] = await Promise.all([nodePair(), nodePair()]);
  a.far.listen(1, (socket) => socket.end('a'));
  b.far.listen(1, (socket) => socket.end('b'));
  const [fromA] = (await once(a.near.connect(1, FAR), 'data')) as [Buffer];
  const [fromB] = (await once(b.near.connect(1, FAR), 'data')) as [Buffer];
  assert.equal([fromA.toString(), fromB.toString()], ['a', 'b']);
  await Promise.all([a.close(), b.close()]);
});

test('names: resolved, remembered, unknown', async () => {
  const pair = await nodePair();
  assert.is(await pair.near.resolve('web.test'), FAR);
  assert.is(await pair.near.resolve('192.0.2.1'), '192.0.2.1');
  try {
    await pair.near.resolve('none.test');
    assert.unreachable('it has an address');
  } catch (error) {
    const { name, code, errno } = error as Error & { code: string; errno: number };
    assert.equal([name, code, errno], ['OSError', 'ENOTFOUND', -2]);
  }
  await pair.close();
});

test('network.ipconfig: dns to be seen and set; errors as MicroPython has them', () => {
  const { ipconfig } = new Network();
  assert.is(ipconfig('dns'), '0.0.0.0');
  assert.is(ipconfig({ dns: '1.1.1.1' }), undefined);
  assert.is(ipconfig('dns'), '1.1.1.1');
  const message = (f: () => unknown): string => {
    try {
      f();
    } catch (error) {
      return `${(error as Error).name} ${(error as Error).message}`;
    }
    return 'nothing thrown';
  };
  const any = ipconfig as (...args: unknown[]) => unknown;
  assert.is(
    message(() => any('mtu')),
    'ValueError unexpected key',
  );
  assert.is(
    message(() => any({ mtu: 1 })),
    'ValueError unexpected key',
  );
  assert.is(
    message(() => any()),
    'TypeError must query one param',
  );
  assert.is(
    message(() => any('dns', 'dns')),
    'TypeError must query one param',
  );
  assert.is(
    message(() => any('dns', { dns: '1.1.1.1' })),
    "TypeError can't specify pos and kw args",
  );
  assert.is(
    message(() => any({ dns: 'x' })),
    'ValueError invalid arguments as dns server',
  );
  assert.is(
    message(() => any({ dns: 5 })),
    'ValueError invalid arguments as dns server',
  );
  assert.is(ipconfig('dns'), '1.1.1.1');
});

test('ping: the round trip, null when none comes back, an error without a way', async () => {
  const pair = await nodePair();
  const ms = await pair.near.ping(FAR, { bytes: 1000 });
  assert.ok(ms !== null && ms >= 0 && ms < 2000);
  assert.ok((await pair.near.ping('web.test')) !== null);
  assert.is(await pair.near.ping('192.0.2.1', { timeoutMs: 100 }), null);
  assert.is(pair.near.pinger._pings.length, 0);
  await pair.close();
  try {
    await pair.near.ping('192.0.2.1');
    assert.unreachable('there is a way');
  } catch (error) {
    assert.is((error as { code: string }).code, 'ENETUNREACH');
  }
  assert.is(pair.near.pinger._pings.length, 0);
});

test('listen: a port that is taken throws EADDRINUSE; closed, it is free again', async () => {
  const pair = await nodePair();
  const listener = pair.far.listen(5, () => {});
  try {
    pair.far.listen(5, () => {});
    assert.unreachable('twice the same port');
  } catch (error) {
    assert.is((error as { code: string }).code, 'EADDRINUSE');
  }
  listener.close();
  pair.far.listen(5, (socket) => socket.end('again')).close();
  const [error] = (await once(pair.near.connect(5, FAR), 'error')) as [{ code: string }];
  assert.is(error.code, 'ECONNREFUSED');
  await pair.close();
});

test('the peer hangs up: the link says so, and connects again', async () => {
  const [line, other] = linePair();
  const release = keepAlive();
  const far = new Network();
  const hangUp = serve(other, far);
  const near = new Network();
  const ppp = near.ppp(line);
  await new Promise<void>((resolve, reject) => ppp.connect((error) => (error ? reject(error) : resolve())));
  const failed = new Promise<{ reason: string }>((resolve) => ppp.on('error', resolve as never));
  hangUp();
  assert.is((await failed).reason, 'terminated');
  await sleep(20);
  serve(other, new Network());
  await new Promise<void>((resolve, reject) => ppp.connect((error) => (error ? reject(error) : resolve())));
  await new Promise<void>((resolve) => ppp.disconnect(() => resolve()));
  line.destroy();
  release();
});

test.run();
