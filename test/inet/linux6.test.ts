/** IPv6 against Linux: radvd's advertisements, dnsmasq's DHCPv6 and names, Linux's ICMPv6, TCP and UDP, over tun:. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as dgram from '../../modules/socket/dgram';
import { resolve6 } from '../../modules/socket/ipv6';
import { Errno } from '../../modules/inet/tcb';
import { tcpConnect } from '../../modules/inet/tcp';
import { beside, dnsmasq6, exited, has, prefixOf, radvd } from '../helpers/daemons';
import {
  DEVICE,
  End,
  LINUX6,
  OURS6,
  Peer,
  acceptFromLinux,
  arrived,
  cleanUp,
  connectToLinux,
  environment,
  inside,
  isGone,
  linux,
  nextPort,
  outcome,
  run,
  runInside,
  space,
  why,
  within,
} from '../helpers/linux';
import { skip } from '../helpers/skip';
import { BAD_CHECKSUM, MALFORMED, capture, hasTshark } from '../helpers/tshark';

type Row = [address: string, state: number, preferred: number, valid: number];

const PREFIX = '2001:db8:77:1';
/** Of radvd: what is told of the link, the prefix, a name server. */
const SETTINGS = `AdvLinkMTU 1400; AdvCurHopLimit 63; ${prefixOf(PREFIX)} RDNSS ${PREFIX}::53 { AdvRDNSSLifetime 600; };`;
const folder = mkdtempSync(join(tmpdir(), 'ipv6-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
environment.MICRONIC_IPV6 = '1';

let peer: Peer;
/** As they were before any time had passed. */
let begun: Row[];
const packets = capture();

function withLinux(name: string, body: () => Promise<void>): void {
  test(name, async () => {
    if (why) {
      skip(why);
      return;
    }
    if (!peer) {
      peer = await Peer.open({
        ipv6: true,
        address6: OURS6,
        prepare: (network) => {
          network.host._trace = (sent, _protocol, buf, at, end) =>
            packets.packet(sent, Buffer.from(buf.slice(at, end)));
        },
      });
      begun = rows();
      assert.ok(runInside('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1'));
      // So that Linux joins the groups of its addresses, and answers who asks for them.
      assert.ok(run('ip', '-n', space, 'link', 'set', DEVICE, 'arp', 'on'));
      assert.ok(run('ip', '-n', space, 'addr', 'del', `${LINUX6}/64`, 'dev', DEVICE));
      assert.ok(run('ip', '-n', space, 'addr', 'add', `${LINUX6}/64`, 'dev', DEVICE, 'nodad'));
    }
    peer.ills.loss = 0;
    await body();
  });
}

const rows = (): Row[] => peer.ip.ipconfig('addr6') as Row[];

async function until(what: string, holds: () => unknown, seconds = 15): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not in ${seconds} s: ${what}; ${JSON.stringify(rows())}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

withLinux('the user’s address and the link-local one are probed, then preferred', async () => {
  assert.ok(begun.length === 2 && begun.every(([, state]) => state >= 0x08 && state <= 0x0f), JSON.stringify(begun));
  await until('both preferred', () => rows().every(([, state]) => state === 0x30));
  assert.match(rows()[0][0], /^fe80::/);
  assert.equal(rows()[1], [OURS6, 0x30, 0, 0]);
});

withLinux('an address that Linux has is found out, and not used', async () => {
  peer.ip.ipconfig({ addr6: LINUX6 });
  await until('duplicated', () => rows().some(([address, state]) => address === LINUX6 && state === 0x40));
  peer.ip.ipconfig({ addr6: OURS6 });
  assert.is(rows().length, 2);
  await until('ours again', () => rows()[1][1] === 0x30);
});

withLinux('ping, both ways, to both addresses and to all nodes', async () => {
  assert.type(await peer.network.ping(LINUX6, { bytes: 1000 }), 'number');
  const local = rows()[0][0];
  for (const target of [OURS6, `${local}%${DEVICE}`, `ff02::1%${DEVICE}`]) {
    const child = inside('ping', '-6', '-c', '3', '-i', '0.2', '-s', '1400', '-W', '5', target);
    const code = await exited(child);
    assert.ok(code === 0 || !run('which', 'ping'), `ping ${target} ended with ${code}`);
  }
});

withLinux('1 MB each way at once, opened by either', async () => {
  arrived(await connectToLinux(peer, 'exchange', 'exchange', undefined, LINUX6));
  arrived(await acceptFromLinux(peer, 'exchange', 'exchange', undefined, OURS6));
});

withLinux('half-closes, and 3 % of the packets lost on each way', async () => {
  arrived(await connectToLinux(peer, 'answer', 'exchange', undefined, LINUX6));
  peer.ills.loss = 0.03;
  arrived(await acceptFromLinux(peer, 'exchange', 'answer', undefined, OURS6));
});

withLinux('from the link-local address as well', async () => {
  const shown = spawnSync('ip', ['-n', space, '-6', '-o', 'addr', 'show', 'dev', DEVICE, 'scope', 'link'], {
    encoding: 'utf8',
  }).stdout;
  const theirs = /inet6 (fe80:[^/]+)/.exec(shown)![1];
  arrived(await connectToLinux(peer, 'exchange', 'exchange', 100000, theirs), 100000);
});

withLinux('refused, both ways; a reset', async () => {
  const end = new End(peer, 'silent');
  assert.type(tcpConnect(peer.stack, LINUX6, 6999, end, peer.now()), 'object');
  peer.rearm();
  assert.is(await within(end.closed, 10), Errno.ECONNREFUSED);
  const client = linux('connect', OURS6, 6998, 'silent', 0);
  assert.is((await within(outcome(client), 10)).error, 'ConnectionRefusedError');
  const [reset] = await connectToLinux(peer, 'exchange', 'reset', 20000, LINUX6);
  assert.is(await reset.closed, Errno.ECONNRESET);
});

withLinux('UDP both ways; to a port without a socket Linux gets ConnectionRefusedError', async () => {
  const port = nextPort();
  const server = linux('udp', port);
  await new Promise<void>((resolve) => server.stdout!.once('data', () => resolve()));
  const got = await within(
    new Promise<[string, string, string]>((resolve) => {
      const socket = peer.network.use(() => dgram.createSocket('udp6'));
      socket.on('message', (bytes: Uint8Array, from: { address: string; family: string }) =>
        resolve([Buffer.from(bytes).toString(), from.address, from.family]),
      );
      socket.send('drawer', port, LINUX6);
    }),
    10,
  );
  assert.equal(got, ['reward', LINUX6, 'IPv6']);
  server.kill();

  const ours = peer.network.use(() => dgram.createSocket('udp6'));
  const bound = nextPort();
  ours.bind(bound);
  ours.on('message', (bytes: Uint8Array, from: { address: string; port: number }) =>
    ours.send(Buffer.from(bytes).reverse(), from.port, from.address),
  );
  assert.equal(await within(outcome(linux('ask', OURS6, bound, 'stressed')), 10), { answer: 'desserts' });
  ours.close();
  assert.equal(await within(outcome(linux('ask', OURS6, 6997, 'anyone')), 10), { answer: 'ConnectionRefusedError' });
});

withLinux('radvd: an address of its prefix, a name server, a hop limit, an MTU; and they end', async () => {
  if (!has('radvd')) {
    skip('radvd is not installed');
    return;
  }
  assert.ok(run('ip', '-n', space, 'addr', 'add', `${PREFIX}::1/64`, 'dev', DEVICE, 'nodad'));
  const beginMs = performance.now();
  const daemon = inside(...radvd(folder, DEVICE, SETTINGS));
  await beside(daemon, 'SIGTERM', async () => {
    await until('an address', () => peer.ip.ipconfig('has_autoconf6'), 20);
    const [address, , preferred, valid] = rows().find(([text]) => text.startsWith(PREFIX))!;
    const passedS = Math.ceil((performance.now() - beginMs) / 1000);
    assert.ok(preferred <= 3600 && preferred >= 3600 - passedS, `${preferred} s, ${passedS} s after radvd's start`);
    assert.is(valid, preferred + 3600);
    assert.is(peer.network.ipconfig('dns'), `${PREFIX}::53`);
    assert.is(peer.network.ipv6._v6._netifs[0]._hopLimit, 63);
    arrived(await acceptFromLinux(peer, 'exchange', 'exchange', 200000, address), 200000);
    // The segments fit into the MTU that was advertised.
    const end = new End(peer, 'silent');
    const tcb = tcpConnect(peer.stack, `${PREFIX}::1`, 6999, end, peer.now());
    peer.rearm();
    assert.is(typeof tcb === 'object' && tcb._netif._mtu, 1400 - 20);
    assert.is(await within(end.closed, 10), Errno.ECONNREFUSED);
  });
  // Its last advertisements say that it is no router any more.
  await until('no router', () => peer.network.ipv6._v6._netifs[0]._routers.length === 0);
  peer.ip.ipconfig({ autoconf6: false });
  assert.not.ok(rows().some(([text]) => text.startsWith(PREFIX)));
  assert.not.ok(peer.ip.ipconfig('has_autoconf6'));
});

withLinux('dnsmasq: name servers by stateless DHCPv6, AAAA records, which version is preferred', async () => {
  if (!has('dnsmasq')) {
    skip('dnsmasq is not installed');
    return;
  }
  const { network } = peer;
  const names = { 'both.test': `10.77.0.1,${LINUX6}`, 'six.test': LINUX6, 'four.test': '10.77.0.1' };
  const dnsmasq = inside(...dnsmasq6(folder, DEVICE, 'fd77', LINUX6, names));
  await beside(dnsmasq, 'SIGTERM', async () => {
    assert.is(peer.ip.ipconfig('dhcp6'), false);
    peer.ip.ipconfig({ dhcp6: true });
    await until('a name server', () => network.ipconfig('dns') === LINUX6);
    assert.is(peer.ip.ipconfig('dhcp6'), true);
    assert.is(await network.resolve('six.test'), LINUX6);
    assert.is(await network.resolve('both.test'), '10.77.0.1');
    network.ipconfig({ prefer: 6 });
    assert.is(network.ipconfig('prefer'), 6);
    assert.is(await network.resolve('both.test'), LINUX6);
    assert.is(await network.resolve('four.test'), '10.77.0.1');
    const found = await new Promise((resolve) =>
      network.use(() => resolve6('both.test', (error, addresses) => resolve(error ?? addresses))),
    );
    assert.equal(found, [LINUX6]);
    for (const name of ['none.test', 'four.test']) {
      const failed = await new Promise<{ code?: string }>((resolve) =>
        network.use(() => resolve6(name, (error) => resolve(error!))),
      );
      assert.is(failed.code, 'ENOTFOUND');
    }
    network.ipconfig({ prefer: 4 });
    peer.ip.ipconfig({ dhcp6: false });
    assert.is.not(network.ipconfig('dns'), LINUX6);
  });
});

withLinux('nothing is malformed to Wireshark, whoever has sent it', async () => {
  if (!hasTshark()) {
    skip('tshark is not installed');
    return;
  }
  const counts = await packets.count({
    all: 'ipv6',
    malformed: `ipv6 && (${MALFORMED})`,
    checksums: `ipv6 && (${BAD_CHECKSUM})`,
    nd: 'icmpv6.type == 135 || icmpv6.type == 136',
    dhcp: 'dhcpv6',
  });
  assert.ok(counts!.all > 2000, `${counts!.all} packets`);
  assert.ok(counts!.nd > 3);
  assert.equal([counts!.malformed, counts!.checksums], [0, 0]);
});

test('nothing is left', async () => {
  if (why) {
    skip(why);
    return;
  }
  await peer.close();
  cleanUp();
  assert.ok(isGone());
});

test.run();
