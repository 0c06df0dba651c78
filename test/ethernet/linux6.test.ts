/**
 * IPv6 on Ethernet against Linux: LAN, the W5500's driver and the model of the chip, a TAP device for a cable; addresses of
 * radvd, name servers of dnsmasq, neighbour discovery with Linux's, groups with a bridge that looks on.
 */

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Socket } from '../../board-targets/node/socket';
import * as dgram from '../../modules/socket/dgram';
import { beside, dnsmasq6, exited, has, prefixOf, radvd } from '../helpers/daemons';
import {
  Board,
  NAME,
  children,
  folder,
  inside,
  onCable,
  output,
  run,
  script,
  space,
  until,
  why,
  wireshark,
} from '../helpers/linux-cable';
import { skip } from '../helpers/skip';
import { pattern } from '../helpers/tcp';

type Row = [address: string, state: number, preferred: number, valid: number];

/** What 02:00:00:00:55:00 makes (RFC 2464 §4). */
const LOCAL = 'fe80::ff:fe00:5500';
const PREFIX = '2001:db8:78:1';
const LINUX = `${PREFIX}::1`;
const OURS = `${PREFIX}:0:ff:fe00:5500`;
/** Behind the router: on its loopback interface. */
const FAR = '2001:db8:99::1';
/** Of radvd: times of neighbours, the prefix, a name server. */
const SETTINGS = `AdvReachableTime 20000; AdvRetransTimer 500; ${prefixOf(PREFIX)} RDNSS ${PREFIX}::53 { AdvRDNSSLifetime 600; };`;
const SIZE = 300_000;
const content = Buffer.from(pattern(0, SIZE));
const contentSha = createHash('sha256').update(content).digest('hex');

let board: Board;
const faults: { reason: string; address?: string }[] = [];
/** All that ipconfig('addr6') has told at its events. */
const told: Row[] = [];

const onLinux = onCable(why, () => board);

const rows = (): Row[] => board.nic.ipconfig('addr6') as Row[];
const stateOf = (address: string): number => rows().find(([text]) => text === address)?.[1] ?? 0;
/** The first state of an address since `told` was emptied. */
const firstOf = (address: string): number => told.find(([text]) => text === address)?.[1] ?? 0;
const isTentative = (state: number): boolean => state >= 0x08 && state < 0x10;
const stat = (name: string): number => (board.nic.status('stats') as Record<string, number>)[name];
const ip = (command: string): boolean => run('ip', '-n', space, ...command.split(' '));

test.before(async () => {
  if (why) {
    return;
  }
  writeFileSync(join(folder, 'page.bin'), content);
  board = await Board.open();
  run('ip', 'netns', 'exec', space, 'sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1');
  assert.ok(ip(`addr add ${LINUX}/64 dev ${NAME} nodad`));
  assert.ok(ip(`addr add ${FAR}/128 dev lo nodad`));
  board.nic.ipconfig({ addr4: '10.78.0.9/24' });
  board.nic.on('error', (error?: { reason: string; address?: string }) => faults.push(error!));
  board.nic.on('addr6', () => told.push(...rows()));
});

onLinux('the link-local address of our MAC address: its group is told of, it is probed, then preferred', async () => {
  board.nic.active(true);
  await until('preferred', () => stateOf(LOCAL) === 0x30);
  assert.ok(isTentative(firstOf(LOCAL)), JSON.stringify(told));
  assert.equal(faults, []);
});

onLinux('ping both ways between link-local addresses: Linux knows our MAC address, and we its', async () => {
  const theirs = /fe80::[0-9a-f:]+/.exec(output('ip', '-6', 'addr', 'show', 'dev', NAME, 'scope', 'link'))![0];
  assert.ok((await board.network.ping(theirs)) !== null);
  const pinging = inside('ping', '-6', '-c', '3', '-i', '0.2', '-W', '5', `${LOCAL}%${NAME}`);
  assert.is(await exited(pinging), 0);
  assert.match(output('ip', '-6', 'neigh', 'show', LOCAL), /02:00:00:00:55:00/);
});

/** GETs the page from Linux. */
function get(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new Socket(board.network.host).connect(8000, host);
    const request = http.get(
      { host: `[${host}]`, path: '/page.bin', createConnection: () => socket as never },
      (response) => {
        const hash = createHash('sha256');
        response.on('data', (chunk: Buffer) => hash.update(chunk));
        response.on('end', () => resolve(hash.digest('hex')));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
  });
}

onLinux(
  'radvd: an address of its prefix, a router, name servers, times; a page from the link and from beyond',
  async () => {
    if (!has('radvd')) {
      skip('radvd is not installed');
      return;
    }
    const beginMs = performance.now();
    await beside(inside(...radvd(folder, NAME, SETTINGS)), 'SIGKILL', async () => {
      await until('an address', () => stateOf(OURS) === 0x30);
      assert.ok(board.nic.ipconfig('has_autoconf6'));
      const [, , preferred, valid] = rows().find(([text]) => text === OURS)!;
      const passedS = Math.ceil((performance.now() - beginMs) / 1000);
      assert.ok(preferred <= 3600 && preferred >= 3600 - passedS, `${preferred} s, ${passedS} s after radvd's start`);
      assert.is(valid, preferred + 3600);
      assert.is(board.network.ipconfig('dns'), `${PREFIX}::53`);
      const [netif] = board.network.ipv6._v6._netifs;
      assert.equal([netif._reachableMs, netif._retransMs, netif._routers.length], [20000, 500, 1]);
      inside('python3', '-m', 'http.server', '8000', '--bind', '::', '--directory', folder);
      await until(
        'the web server listens',
        () => output('curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', 'http://[::1]:8000/') === '200',
      );
      assert.is(await get(LINUX), contentSha);
      assert.is(await get(FAR), contentSha);
    });
  },
);

onLinux(`and ${SIZE} octets from us to Linux, four at a time; UDP`, async () => {
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': SIZE });
    response.end(content);
  });
  const listener = board.network.listen(80, (socket) => void server.emit('connection', socket));
  const fetches = [OURS, OURS, OURS, OURS].map(async (address) => {
    const curl = inside('curl', '-g', '-s', '--max-time', '60', `http://[${address}]/`);
    const hash = createHash('sha256');
    curl.stdout!.on('data', (chunk: Buffer) => hash.update(chunk));
    const code = await new Promise((resolve) => curl.once('close', resolve));
    return [code, hash.digest('hex')];
  });
  assert.equal(await Promise.all(fetches), Array(4).fill([0, contentSha]));
  listener.close();

  const echo = inside(
    'python3',
    '-uc',
    `import socket
s=socket.socket(socket.AF_INET6,socket.SOCK_DGRAM)
s.bind(('::',7000))
print('ready')
d,a=s.recvfrom(2000)
s.sendto(d[::-1],a)`,
  );
  await new Promise((resolve) => echo.stdout!.once('data', resolve));
  const answer = new Promise((resolve) => {
    const socket = board.network.use(() => dgram.createSocket('udp6'));
    socket.on('message', (bytes: Uint8Array, from: { address: string }) => {
      resolve([Buffer.from(bytes).toString(), from.address]);
      socket.close();
    });
    socket.send('drawer', 7000, LINUX);
  });
  assert.equal(await answer, ['reward', LINUX]);
});

onLinux('dnsmasq: the same prefix by its advertisements, a name server by stateless DHCPv6, a name', async () => {
  if (!has('dnsmasq')) {
    skip('dnsmasq is not installed');
    return;
  }
  const dnsmasq = inside(...dnsmasq6(folder, NAME, PREFIX, LINUX, { 'six.test': FAR }));
  await beside(dnsmasq, 'SIGKILL', async () => {
    board.nic.ipconfig({ dhcp6: true });
    await until('a name server', () => board.network.ipv6._v6._netifs[0]._dns.includes(LINUX));
    board.nic.ipconfig({ autoconf6: false });
    assert.equal(rows().length, 1);
    board.nic.ipconfig({ autoconf6: true });
    await until('an address again', () => stateOf(OURS) === 0x30);
    board.network.ipconfig({ dns: LINUX, prefer: 6 });
    assert.is(await board.network.resolve('six.test'), FAR);
    assert.is(await get('six.test'), contentSha);
    board.nic.ipconfig({ dhcp6: false });
  });
});

onLinux('an address that Linux has is reported as a duplicate, and not used', async () => {
  const conflicts = stat('conflicts');
  board.nic.ipconfig({ addr6: LINUX });
  await until('duplicated', () => stateOf(LINUX) === 0x40);
  assert.equal(
    faults.splice(0).map(({ reason, address }) => [reason, address]),
    [['address-conflict', LINUX]],
  );
  assert.is(stat('conflicts'), conflicts + 1);
  board.nic.ipconfig({ addr6: null });
  assert.is(rows().length, 2);
});

onLinux('Linux finds out that one of ours is taken', async () => {
  assert.ok(ip(`addr add ${OURS}/128 dev ${NAME}`));
  await until('dadfailed', () => /dadfailed/.test(output('ip', '-6', 'addr', 'show', 'dev', NAME)));
  assert.ok(ip(`addr del ${OURS}/128 dev ${NAME}`));
  assert.is(stateOf(OURS), 0x30);
});

/** Neighbour solicitations of ours from the `from`th frame on that go to one station and no group. */
const probes = (from: number): Buffer[] =>
  board.frames
    .slice(from)
    .filter((frame) => frame.readUInt16BE(12) === 0x86dd && frame[20] === 58 && frame[54] === 135 && !(frame[0] & 1));

onLinux(
  'a neighbour that is used when he is stale is asked himself 5 s later, and not again once he has answered',
  async () => {
    const second = `${PREFIX}::2`;
    assert.ok(ip(`addr add ${second}/64 dev ${NAME} nodad`));
    const [netif] = board.network.ipv6._v6._netifs;
    // His group is asked, since nothing is known of him.
    const begin = board.frames.length;
    assert.ok((await board.network.ping(second)) !== null);
    assert.equal(probes(begin), []);
    // The longest that one is taken for reachable (RFC 4861 §6.3.2).
    board.skip(1.5 * netif._reachableMs);
    const pong = board.network.ping(second);
    assert.equal(probes(begin), []);
    assert.ok((await pong) !== null);
    const unanswered = stat('ndUnanswered');
    board.skip(5000);
    const [probe] = probes(begin);
    const mac = /link\/ether ([0-9a-f:]+)/.exec(output('ip', 'link', 'show', 'dev', NAME))![1];
    const expected = [
      mac.replace(/:/g, ''), // to himself
      '020000005500' + '86dd' + '60000000' + '0020' + '3aff',
      '20010db800780001000000fffe005500' + '20010db8007800010000000000000002',
      '8700' + probe.toString('hex', 56, 58) + '00000000' + '20010db8007800010000000000000002',
      '0101' + '020000005500', // our MAC address, which a probe should bring (§7.2.2)
    ];
    assert.is(probe.toString('hex'), expected.join(''));
    // His answer is there before that to what is sent behind it.
    assert.ok((await board.network.ping(second)) !== null);
    const asked = board.frames.length;
    assert.ok((await board.network.ping(second)) !== null);
    board.skip(5000);
    assert.equal(probes(asked), []);
    assert.is(stat('ndUnanswered'), unanswered);
    assert.ok(ip(`addr del ${second}/64 dev ${NAME}`));
  },
);

onLinux('nobody has the address: EHOSTUNREACH after three questions, as Linux says it', async () => {
  const unanswered = stat('ndUnanswered');
  const socket = board.network.connect(80, `${PREFIX}::dead`);
  const error = await new Promise<{ code: string }>((resolve) => socket.once('error', resolve as never));
  assert.is(error.code, 'EHOSTUNREACH');
  assert.is(stat('ndUnanswered'), unanswered + 1);
});

/** A connection to an echo of Linux's. */
async function echo(port: number): Promise<{ say: (text: string) => Promise<void>; close: () => void }> {
  const server = inside(
    'python3',
    '-uc',
    `import socket
s=socket.create_server(('::',${port}),family=socket.AF_INET6)
print('ready')
c,_=s.accept()
while True:
  d=c.recv(1000)
  if not d: break
  c.sendall(d)`,
  );
  await new Promise((resolve) => server.stdout!.once('data', resolve));
  const socket = board.network.connect(port, LINUX);
  let got = '';
  socket.on('error', (error) => (got += String(error)));
  socket.on('data', (chunk: Buffer) => (got += chunk.toString()));
  return {
    async say(text) {
      got = '';
      socket.write(text);
      await until(`"${text}" comes back, not "${got}"`, () => got === text, 40000);
    },
    close: () => void socket.destroy(),
  };
}

onLinux('the cable out and in: addresses are kept and probed again, a connection goes on', async () => {
  const { say, close } = await echo(7001);
  await say('one ');
  board.chip.phy = 0;
  await until('no cable', () => board.network.ipv6._v6._netifs.length === 0);
  assert.is(rows().length, 2);
  told.length = 0;
  board.chip.phy = 7;
  await say('two ');
  assert.ok(isTentative(firstOf(OURS)) && isTentative(firstOf(LOCAL)), JSON.stringify(told));
  // It is advertised no more.
  assert.is(stateOf(OURS), 0x10);
  close();
});

onLinux('Linux gets another MAC address: a connection goes on', async () => {
  const { say, close } = await echo(7002);
  await say('one ');
  // Of its own accord Linux would say so.
  run('ip', 'netns', 'exec', space, 'sysctl', '-qw', `net.ipv6.conf.${NAME}.ndisc_notify=0`);
  assert.ok(ip(`link set dev ${NAME} address 02:00:00:00:66:01`));
  board.skip(60000);
  await say('two ');
  close();
});

onLinux('a flood of 10,000 neighbours, and messages of liars: bounded, and a connection lives on', async () => {
  const { say, close } = await echo(7003);
  await say('one ');
  assert.is(await exited(inside('python3', script, 'flood6', NAME, OURS)), 0);
  // What Linux says now comes behind the flood, of which the chip had no room for all.
  await say('two ');
  const bad = stat('badPackets');
  assert.is(await exited(inside('python3', script, 'lie6', NAME, OURS)), 0);
  await until('all of it is seen', () => stat('badPackets') === bad + 90);
  await say('three ');
  assert.is(stateOf(OURS), 0x10);
  close();
});

onLinux('a bridge that looks on lets the groups of our addresses through, since we have told of them', async () => {
  if (
    !has('bridge') ||
    !ip(
      'link add mcrbr0 type bridge mcast_snooping 1 mcast_querier 1 mcast_query_interval 100 mcast_startup_query_interval 100',
    )
  ) {
    skip('no bridge in this kernel, or no `bridge` to look at it');
    return;
  }
  assert.ok(ip('link set mcrbr0 up'));
  assert.ok(ip(`link set dev ${NAME} master mcrbr0`));
  const listed = (): string => output('bridge', 'mdb', 'show');
  await until('our groups are in its table', () => /ff02::1:ff00:5500/.test(listed()), 30000);
  // Another address: told at once, not only when asked.
  board.nic.ipconfig({ addr6: `${PREFIX}::abc:def` });
  await until('the new group', () => /ff02::1:ffbc:def/.test(listed()));
  board.nic.ipconfig({ addr6: null });
  assert.ok(ip(`link set dev ${NAME} nomaster`));
});

onLinux('switched off: connections end, and there is no address', async () => {
  const socket = board.network.listen(81, () => {});
  board.nic.active(false);
  assert.equal(rows(), []);
  assert.is(board.network.ipv6._v6._netifs.length, 0);
  socket.close();
});

onLinux('tshark finds nothing wrong with any frame that we have sent', async () => {
  const count = wireshark(board.frames);
  if (!count) {
    skip('tshark is not installed');
    return;
  }
  const all = count('ipv6');
  assert.ok(all > 500, `${all} packets`);
  assert.is(
    count(
      '_ws.malformed || _ws.expert.severity == "Error" || tcp.checksum.status == "Bad" || udp.checksum.status == "Bad" || ' +
        'icmpv6.checksum.status == "Bad"',
    ),
    0,
  );
  for (const [what, least] of [
    ['icmpv6.type == 135 && ipv6.src == ::', 3],
    ['icmpv6.type == 135 && eth.dst[0:2] == 33:33', 4],
    ['icmpv6.type == 135 && !(eth.dst[0:2] == 33:33)', 1],
    ['icmpv6.type == 136 && icmpv6.nd.na.flag.s == 1', 2],
    ['icmpv6.type == 133', 1],
    ['icmpv6.type == 143 && ipv6.hlim == 1 && ipv6.opt.router_alert == 0', 2],
  ] as const) {
    assert.ok(count(what) >= least, what);
  }
  assert.is(count('icmpv6.type >= 133 && icmpv6.type <= 137 && ipv6.hlim != 255'), 0);
});

test.after(() => {
  children.forEach((child) => child.kill('SIGKILL'));
});

test.run();
