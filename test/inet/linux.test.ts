/** TCP, UDP and ICMP against Linux, over a TUN device in a network namespace that is made here and removed again. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createPinger, icmpPing } from '../../modules/inet/ping';
import { Errno } from '../../modules/inet/tcb';
import { tcpConnect } from '../../modules/inet/tcp';
import { udpOpen, udpSend } from '../../modules/inet/udp';
import {
  End,
  LINUX,
  OURS,
  Peer,
  acceptFromLinux,
  arrived,
  cleanUp,
  connectToLinux,
  inside,
  isGone,
  linux,
  outcome,
  run,
  runInside,
  why,
  within,
} from '../helpers/linux';
import { addressNumber } from '../helpers/packets';
import { skip } from '../helpers/skip';
import { BOUNDS } from '../helpers/tcp';

let peer: Peer;

function withLinux(name: string, body: () => Promise<void>): void {
  test(name, async () => {
    if (why) {
      skip(why);
      return;
    }
    peer ??= await Peer.open();
    peer.ills.loss = 0;
    await body();
  });
}

withLinux('1 MB each way at once, opened by us, closed by halves', async () => {
  arrived(await connectToLinux(peer, 'exchange', 'exchange'));
});

withLinux('1 MB each way at once, opened by Linux, closed by halves', async () => {
  arrived(await acceptFromLinux(peer, 'exchange', 'exchange'));
});

withLinux('a half-close, then the answer: ours after Linux’s, and Linux’s after ours', async () => {
  arrived(await connectToLinux(peer, 'answer', 'exchange'));
  arrived(await connectToLinux(peer, 'exchange', 'answer'));
  arrived(await acceptFromLinux(peer, 'answer', 'exchange'));
  arrived(await acceptFromLinux(peer, 'exchange', 'answer'));
});

withLinux('3 % of the packets lost on each way', async () => {
  peer.ills.loss = 0.03;
  arrived(await connectToLinux(peer, 'exchange', 'exchange'));
  arrived(await acceptFromLinux(peer, 'exchange', 'exchange'));
});

withLinux('Linux resets: ECONNRESET', async () => {
  const [end, theirs] = await connectToLinux(peer, 'exchange', 'reset', 20000);
  assert.is(theirs.error, null);
  assert.is(await end.closed, Errno.ECONNRESET);
});

withLinux('we reset: Linux gets ConnectionResetError', async () => {
  const [, theirs] = await acceptFromLinux(peer, 'reset', 'exchange');
  assert.match(theirs.error ?? 'no error', /ConnectionResetError|BrokenPipeError/);
});

withLinux('refused, both ways', async () => {
  const end = new End(peer, 'silent');
  tcpConnect(peer.stack, addressNumber(LINUX), 6999, end, peer.now());
  peer.rearm();
  assert.is(await within(end.closed, 10), Errno.ECONNREFUSED);
  const client = linux('connect', OURS, 6998, 'silent', 0);
  assert.is((await within(outcome(client), 10)).error, 'ConnectionRefusedError');
});

withLinux('an address without a route: Linux says so by ICMP, and we heed it', async () => {
  if (!runInside('sysctl', '-qw', 'net.ipv4.ip_forward=1')) {
    skip('forwarding cannot be switched on in the namespace');
    return;
  }
  const end = new End(peer, 'silent');
  tcpConnect(peer.stack, addressNumber('10.99.0.1'), 80, end, peer.now());
  peer.rearm();
  assert.is(await within(end.closed, 40), Errno.EHOSTUNREACH);
});

withLinux('ping, both ways', async () => {
  const pinger = createPinger(peer.stack);
  const reply = new Promise<number>((resolve) => {
    const ping = {
      _destination: addressNumber(LINUX),
      _id: 77,
      _reply: (_sequence: number, bytes: number) => resolve(bytes),
    };
    pinger._pings.push(ping);
    assert.ok(icmpPing(pinger, ping, 1, new Uint8Array(1000), peer.now()));
  });
  assert.is(await within(reply, 10), 1000);
  const child = inside('ping', '-c', '2', '-i', '0.2', '-s', '1000', '-W', '5', OURS);
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  // 127 or 1 with nothing said: no ping program in the image.
  assert.ok(code === 0 || !run('which', 'ping'), `ping ended with ${code}`);
});

withLinux('UDP to a port without a socket: Linux’s ICMP does no harm', async () => {
  const socket = udpOpen(peer.stack, () => {})!;
  for (let i = 0; i < 5; i++) {
    assert.ok(udpSend(socket, Buffer.from('anyone?'), addressNumber(LINUX), 6997, peer.now()));
  }
  arrived(await connectToLinux(peer, 'exchange', 'exchange'));
});

withLinux('with netem: delay, loss, duplication and reordering on Linux’s side', async () => {
  const netem = 'tc qdisc add dev mcr0 root netem delay 8ms 4ms loss 2% duplicate 1% reorder 10% 50% limit 1000';
  if (!runInside(...netem.split(' '))) {
    skip('this kernel has no netem');
    return;
  }
  arrived(await connectToLinux(peer, 'exchange', 'exchange'));
  arrived(await acceptFromLinux(peer, 'exchange', 'exchange'));
});

test('nothing is left', async () => {
  if (why) {
    skip(why);
    return;
  }
  assert.ok(peer.stack._tcbs.length <= BOUNDS._tcpSockets);
  await peer.close();
  cleanUp();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(isGone());
});

test.run();
