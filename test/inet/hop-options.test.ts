/** Time to live and DiffServ of single sockets: setsockopt(), and what leaves, over both versions of IP. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hopsOf, useHopOptions, type HopUser } from '../../modules/inet/hop-options';
import { tcpConnect } from '../../modules/inet/tcp';
import { udpBind, udpSend } from '../../modules/inet/udp';
import { useHops } from '../../modules/socket/hops';
import * as socket from '../../modules/socket/socket';
import { internetSum } from '../helpers/packets';
import { PEER6, settled } from '../helpers/rig6';
import { FAR, NEAR, SocketPair } from '../helpers/socket-pair';
import { addressText } from '../helpers/packets';

const { IPPROTO_IP, IP_TOS, IP_TTL, SOCK_DGRAM, SOCK_STREAM, AF_INET } = socket;

/** Two hosts; what leaves the near one as 'protocol ttl tos'. */
function seen(): { pair: SocketPair; sent: string[] } {
  const sent: string[] = [];
  const pair = new SocketPair({
    drop: (packet) => {
      const bytes = Buffer.from(packet);
      assert.is(internetSum(bytes.subarray(0, 20)), 0, 'the checksum of the header');
      if (addressText(bytes.subarray(12, 16)) === NEAR) {
        sent.push(`${bytes[9]} ${bytes[8]} ${bytes[1]}`);
      }
      return false;
    },
  });
  useHops(pair.near.context);
  return { pair, sent };
}

test('a connection: from its SYN on, changed on the way; others of the host as ever', () => {
  const { pair, sent } = seen();
  pair.far.use(() => {
    const listener = new socket.Socket(AF_INET, SOCK_STREAM);
    listener.bind(['', 80]);
    listener.listen(4);
  });
  const make = (): socket.Socket => pair.near.use(() => new socket.Socket(AF_INET, SOCK_STREAM));
  const one = make();
  one.setsockopt(IPPROTO_IP, IP_TTL, 7);
  one.setsockopt(IPPROTO_IP, IP_TOS, 0xb8);
  one.connect([FAR, 80], () => {});
  pair.run(100);
  assert.equal(sent.splice(0), ['6 7 184', '6 7 184']);
  const two = make();
  two.connect([FAR, 80], () => {});
  pair.run(100);
  assert.equal(sent.splice(0), ['6 64 0', '6 64 0']);
  two.setsockopt(IPPROTO_IP, IP_TTL, 255);
  one.send('a', () => {});
  two.send('b', () => {});
  pair.run(400); // Until both are acknowledged.
  assert.equal(sent.splice(0), ['6 7 184', '6 255 0']);
  one.setsockopt(IPPROTO_IP, IP_TTL, 8);
  one.setsockopt(IPPROTO_IP, IP_TOS, 0);
  one.send('c', () => {});
  pair.run(50);
  assert.equal(sent.splice(0), ['6 8 0']);
});

test('datagrams: of this socket, and of no other', () => {
  const { pair, sent } = seen();
  const [one, two] = pair.near.use(() => [0, 0].map(() => new socket.Socket(AF_INET, SOCK_DGRAM)));
  one.setsockopt(IPPROTO_IP, IP_TTL, 1);
  one.sendto('x', [FAR, 9], () => {});
  two.sendto('x', [FAR, 9], () => {});
  one.sendto('x', [FAR, 9], () => {});
  pair.run(50);
  assert.equal(sent, ['17 1 0', '17 64 0', '17 1 0']);
});

test('what is no such number is refused, and nothing has changed', () => {
  const { pair, sent } = seen();
  const one = pair.near.use(() => new socket.Socket(AF_INET, SOCK_DGRAM));
  for (const [option, value] of [
    [IP_TTL, 0],
    [IP_TTL, 256],
    [IP_TTL, -1],
    [IP_TTL, 1.5],
    [IP_TTL, '7'],
    [IP_TTL, NaN],
    [IP_TTL, null],
    [IP_TOS, 256],
    [IP_TOS, {}],
  ] as const) {
    assert.throws(() => one.setsockopt(IPPROTO_IP, option, value), /EINVAL/);
  }
  one.sendto('x', [FAR, 9], () => {});
  pair.run(50);
  assert.equal(sent, ['17 64 0']);
});

test('without the part: ENOTSUP', () => {
  const pair = new SocketPair();
  const one = pair.near.use(() => new socket.Socket(AF_INET, SOCK_DGRAM));
  assert.throws(() => one.setsockopt(IPPROTO_IP, IP_TTL, 7), /ENOTSUP/);
});

test('1,000 sockets: those that are closed are forgotten', () => {
  const pair = new SocketPair();
  const part = useHopOptions(pair.near.host._stack);
  for (let i = 0; i < 1000; i++) {
    const one: HopUser = { _tcb: null, _udp: null, _isClosed: false };
    hopsOf(part, one)._ttl = 7;
    assert.is(hopsOf(part, one)._ttl, 7);
    one._isClosed = true;
  }
  assert.ok(part._all.length <= 1);
});

test('IPv6: hop limit and traffic class', () => {
  const t = settled();
  const part = useHopOptions(t.stack);
  const nothing = (): void => {};
  const user = {
    _tcb: null,
    _udp: udpBind(t.stack, 5000, nothing),
    _isClosed: false,
    _connected: nothing,
    _data: nothing,
    _ended: nothing,
    _writable: nothing,
    _closed: nothing,
  };
  const hops = hopsOf(part, user);
  hops._ttl = 9;
  hops._tos = 0xb8;
  const sent: [number, number][] = [];
  const transmit = t.netif._transmit;
  t.netif._transmit = (buf, at, end, hop) => {
    sent.push([buf[at + 7], ((buf[at] & 15) << 4) | (buf[at + 1] >> 4)]);
    buf[at] &= 0xf0;
    buf[at + 1] &= 0x0f;
    return transmit(buf, at, end, hop);
  };
  assert.type(tcpConnect(t.stack, PEER6, 80, user, t.clock.nowMs), 'object');
  udpSend(user._udp!, Buffer.from('x'), PEER6, 9, t.clock.nowMs);
  udpSend(udpBind(t.stack, 5001, nothing)!, Buffer.from('x'), PEER6, 9, t.clock.nowMs);
  assert.equal(sent, [
    [9, 0xb8],
    [9, 0xb8],
    [64, 0],
  ]);
  assert.is(t.netif._hopLimit, 64);
});

test.run();
