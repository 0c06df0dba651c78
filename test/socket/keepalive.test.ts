/** Keep-alives of single sockets: SO_KEEPALIVE and its figures, net.Socket's setKeepAlive. Simulated time, two hosts of ours. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { useKeepalive } from '../../modules/inet/keepalive';
import { useKeepAlives } from '../../modules/socket/keepalive';
import { connect, type Socket as NetSocket } from '../../modules/socket/net';
import * as socket from '../../modules/socket/socket';
import { FAR, SocketPair, hear } from '../helpers/socket-pair';
import { thrown } from '../helpers/thrown';

const { IPPROTO_TCP, SOL_SOCKET, SO_KEEPALIVE, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL } = socket;
const HOUR_MS = 3600000;

function kept(): SocketPair {
  const pair = new SocketPair();
  const { context, host } = pair.near;
  const part = useKeepalive(host._stack);
  host._pollables.push(part);
  useKeepAlives(context, part);
  return pair;
}

/** Connected, and counting what the near end sends from now on. */
function netSocket(pair: SocketPair, prepare: (near: NetSocket) => void = () => {}): [NetSocket, string[]] {
  pair.serve(7, (far) => void far.on('error', () => {}));
  const near = pair.near.use(() => connect(7, FAR));
  prepare(near);
  const heard = hear(near, 'connect', 'error', 'close');
  pair.run(5000);
  return [near, heard];
}

/** When packets leave the near end within `ms`, from now on. */
function sends(pair: SocketPair, ms: number): number[] {
  const startMs = pair.clock.nowMs;
  const times: number[] = [];
  const { _netifs } = pair.near.host._stack;
  const output = _netifs[0]._output;
  _netifs[0]._output = (...packet) => {
    times.push(pair.clock.nowMs - startMs);
    return output(...packet);
  };
  pair.run(ms);
  _netifs[0]._output = output;
  return times;
}

test('net: a living peer is asked after each silence, and nothing ends', () => {
  const pair = kept();
  const [near, heard] = netSocket(pair);
  assert.is(near.setKeepAlive(true, 60000), near);
  // Each answer takes 10 ms, and silence counts from there.
  assert.equal(sends(pair, 200000), [60000, 120010, 180020]);
  assert.equal(heard, ['connect']);
});

test('net: two hours without a figure; off again; off from the start', () => {
  const pair = kept();
  const [near] = netSocket(pair);
  assert.equal(sends(pair, 3 * HOUR_MS), []);
  near.setKeepAlive(true);
  assert.equal(sends(pair, 3 * HOUR_MS), [2 * HOUR_MS]);
  near.setKeepAlive(false);
  assert.equal(sends(pair, 9 * HOUR_MS), []);
});

test('net: asked for before it is connected', () => {
  const pair = kept();
  netSocket(pair, (near) => near.setKeepAlive(true, 30000));
  assert.is(sends(pair, 40000).length, 1);
});

test('net: a peer that is gone ends it with ETIMEDOUT, after nine questions', () => {
  const pair = kept();
  const [near, heard] = netSocket(pair);
  near.setKeepAlive(true, 60000);
  pair.far.host._stack._tcbs.length = 0;
  pair.far.netif._output = () => true;
  assert.is(sends(pair, HOUR_MS).length, 9 + 1, 'nine, and the reset');
  assert.equal(heard, ['connect', 'error ETIMEDOUT', 'close true']);
});

test('socket: the figures of the calls, in any order, before and after connecting', () => {
  const pair = kept();
  pair.serve(7, (far) => void far.on('error', () => {}));
  const near = pair.near.use(() => new socket.Socket());
  near.setsockopt(IPPROTO_TCP, TCP_KEEPCNT, 2);
  near.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
  near.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 10);
  near.connect([FAR, 7], () => {});
  pair.run(5000);
  near.setsockopt(IPPROTO_TCP, TCP_KEEPINTVL, 3);
  pair.far.netif._output = () => true;
  let told = '';
  near.recv(1, (error) => (told = `${error?.code}`));
  const times = sends(pair, 60000);
  assert.equal(times.slice(0, 2), [10000, 13000]);
  assert.is(told, 'ETIMEDOUT');
  near.close();
});

test('what is no figure changes nothing', () => {
  const near = kept().near.use(() => new socket.Socket());
  for (const option of [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT]) {
    for (const wrong of [0, -1, 1.5, 32768, NaN, '5', null, undefined]) {
      assert.is(
        thrown(() => near.setsockopt(IPPROTO_TCP, option, wrong)),
        'OSError: [Errno 22] EINVAL',
      );
    }
  }
  assert.is(near._keep, undefined);
});

test('without the part: ENOTSUP, for off too', () => {
  const pair = new SocketPair();
  const near = pair.near.use(() => new socket.Socket());
  const notSupported = 'OSError: [Errno 95] ENOTSUP';
  assert.is(
    thrown(() => near.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)),
    notSupported,
  );
  assert.is(
    thrown(() => near.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, 1)),
    notSupported,
  );
  const [other] = netSocket(pair);
  assert.is(
    thrown(() => other.setKeepAlive(true)),
    notSupported,
  );
  assert.is(
    thrown(() => other.setKeepAlive(false)),
    notSupported,
  );
});

test.run();
