/**
 * parts/lan6.js behind network.js, as both are shipped, against Linux: the model of the chip on a TAP device, addresses of
 * radvd, name servers and names of dnsmasq, the firmware's net (or its stand-in) on top.
 */

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { beside, dnsmasq6, exited, has, prefixOf, radvd } from '../helpers/daemons';
import { standInNet } from '../helpers/kaluma-net';
import { KalumaPins, PINS } from '../helpers/kaluma-pins';
import { type Globals, kalumaGlobals, load, real } from '../helpers/kaluma-world';
import {
  MAC,
  NAME,
  children,
  folder,
  inside,
  onCable,
  output,
  plugIn,
  run,
  space,
  until,
  why,
  wireshark,
} from '../helpers/linux-cable';
import { skip } from '../helpers/skip';
import { pattern } from '../helpers/tcp';
import { W5500Chip } from '../helpers/w5500';

const PREFIX = '2001:db8:79:1';
const LINUX6 = `${PREFIX}::1`;
const OURS = `${PREFIX}:0:ff:fe00:5500`;
const LOCAL = 'fe80::ff:fe00:5500';
/** Behind the router: on its loopback interface. */
const FAR = '2001:db8:99::1';
const SIZE = 100_000;
const content = Buffer.from(pattern(0, SIZE));
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Nic {
  active(on: boolean): void;
  ipconfig(what: string | object): unknown;
  status(what: string): Record<string, number>;
  on(event: string, f: (value?: { reason: string; address: string }) => void): void;
  isconnected(): boolean;
}

interface Card extends Globals {
  LAN: new (options: object) => Nic;
  ipconfig(what: string | object): unknown;
}

const chip = new W5500Chip();
const pins = new KalumaPins(chip);
const frames: Buffer[] = [];
const faults: string[] = [];
const globals = kalumaGlobals(real, pins);
const net = standInNet(
  () => globals.__netdev as never,
  (f, ms) => setTimeout(f, Math.max(1, ms)),
);
let loops: NodeJS.Timeout;
let card: Card;
let nic: Nic;

const onLinux = onCable(why, () => ({ chip }));
const ip = (command: string): boolean => run('ip', '-n', space, ...command.split(' '));
const stateOf = (address: string): number =>
  (nic.ipconfig('addr6') as [string, number][]).find(([text]) => text === address)?.[1] ?? 0;

/** What is on the page of this host, by HTTP 1.0, and whom the firmware's net says that it has talked to. */
function get(host: string): Promise<[string, string | null]> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = [];
    const socket = net.connect({ host, port: 8000 }, () => socket.write('GET /page.bin HTTP/1.0\r\n\r\n'));
    const from = (): string | null => socket.remoteAddress;
    socket.on('data', (bytes: Uint8Array) => pieces.push(Uint8Array.from(bytes)));
    socket.on('error', reject);
    socket.on('end', () => {
      const text = Buffer.concat(pieces);
      resolve([sha(text.subarray(text.indexOf('\r\n\r\n') + 4)), from()]);
      socket.destroy();
    });
  });
}

test.before(async () => {
  if (why) {
    return;
  }
  writeFileSync(join(folder, 'page.bin'), content);
  await plugIn(chip, (frame) => void frames.push(frame));
  run('ip', 'netns', 'exec', space, 'sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1');
  assert.ok(ip(`addr add ${LINUX6}/64 dev ${NAME} nodad`));
  assert.ok(ip(`addr add ${FAR}/128 dev lo nodad`));
  loops = setInterval(() => pins.loop(), 1);
  card = load<Card>('dist/kaluma/network.js', globals);
  load('dist/kaluma/parts/lan6.js', globals);
  nic = new card.LAN({ spi: pins.spi, cs: PINS.cs, int: PINS.int, phy_type: 102, mac: MAC });
  nic.ipconfig({ addr4: '10.78.0.9/24' });
  nic.on('error', (error) => faults.push(`${error!.reason} ${error!.address}`));
});

onLinux('radvd: an address of its prefix; a page from the link and from beyond its router', async () => {
  if (!has('radvd')) {
    skip('radvd is not installed');
    return;
  }
  nic.active(true);
  await beside(inside(...radvd(folder, NAME, prefixOf(PREFIX))), 'SIGKILL', async () => {
    await until('an address', () => stateOf(OURS) === 0x30 && stateOf(LOCAL) === 0x30 && nic.isconnected());
    inside('python3', '-m', 'http.server', '8000', '--bind', '::', '--directory', folder);
    await until(
      'the web server listens',
      () => output('curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', 'http://[::1]:8000/') === '200',
    );
    assert.equal(await get(LINUX6), [sha(content), LINUX6]);
    assert.equal(await get(FAR), [sha(content), FAR]);
  });
});

onLinux('ping from Linux, and what a server of ours says to it', async () => {
  const pinging = inside('ping', '-6', '-c', '3', '-i', '0.2', '-W', '5', OURS);
  assert.is(await exited(pinging), 0);
  let from: string | null = '';
  const server = net.createServer((client) => {
    from = client.remoteAddress;
    client.on('data', () => client.end('HTTP/1.0 200 OK\r\n\r\n' + 'x'.repeat(5000)));
  });
  await new Promise<void>((resolve) => server.listen(80, resolve));
  const curl = inside('curl', '-g', '-s', '--max-time', '20', `http://[${OURS}]/`);
  const got: Buffer[] = [];
  curl.stdout!.on('data', (chunk: Buffer) => got.push(chunk));
  assert.is(await new Promise((resolve) => curl.once('close', resolve)), 0);
  assert.equal([Buffer.concat(got).toString(), from], ['x'.repeat(5000), LINUX6]);
});

onLinux('dnsmasq: a name server by stateless DHCPv6, and a name with an address of either version', async () => {
  if (!has('dnsmasq')) {
    skip('dnsmasq is not installed');
    return;
  }
  const dnsmasq = inside(...dnsmasq6(folder, NAME, PREFIX, LINUX6, { 'both.test': `10.78.0.1,${FAR}` }));
  await beside(dnsmasq, 'SIGKILL', async () => {
    nic.ipconfig({ dhcp6: true });
    await until('a name server', () => card.ipconfig('dns') === LINUX6);
    assert.equal(await get('both.test'), [sha(content), '10.78.0.1']);
    card.ipconfig({ prefer: 6 });
    assert.equal(await get('both.test'), [sha(content), FAR]);
  });
});

onLinux('an address that Linux has; nobody has the address', async () => {
  nic.ipconfig({ addr6: LINUX6 });
  await until('duplicated', () => stateOf(LINUX6) === 0x40);
  assert.equal(faults, [`address-conflict ${LINUX6}`]);
  nic.ipconfig({ addr6: null });
  const unanswered = nic.status('stats').ndUnanswered;
  const failed = await get(`${PREFIX}::dead`).catch((error: { errno: number }) => error.errno);
  assert.is(failed, 113);
  assert.is(nic.status('stats').ndUnanswered, unanswered + 1);
});

onLinux('tshark finds nothing wrong with any frame that we have sent', async () => {
  const count = wireshark(frames);
  if (!count) {
    skip('tshark is not installed');
    return;
  }
  assert.ok(count('ipv6') > 100);
  assert.is(
    count(
      '_ws.malformed || _ws.expert.severity == "Error" || tcp.checksum.status == "Bad" || udp.checksum.status == "Bad" || ' +
        'icmpv6.checksum.status == "Bad"',
    ),
    0,
  );
  assert.ok(count('icmpv6.type == 135 && ipv6.src == ::') >= 3);
  assert.ok(count('icmpv6.type == 143 && ipv6.hlim == 1 && ipv6.opt.router_alert == 0') >= 2);
});

test.after(() => {
  clearInterval(loops);
  nic?.active(false);
  children.forEach((child) => child.kill('SIGKILL'));
});

test.run();
