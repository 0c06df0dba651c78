/** mDNS with avahi, which nobody here wrote, in a network namespace over tun:. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mdnsName, type Mdns } from '../../modules/inet/mdns';
import {
  DEVICE,
  OURS,
  LINUX,
  OURS6,
  Peer,
  cleanUp,
  environment,
  inside,
  isGone,
  run,
  runInside,
  space,
  why,
} from '../helpers/linux';
import { skip } from '../helpers/skip';
import { BAD_CHECKSUM, MALFORMED, capture, hasTshark } from '../helpers/tshark';

const folder = mkdtempSync(join(tmpdir(), 'avahi-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const missing =
  why ??
  (['avahi-daemon', 'avahi-resolve', 'dbus-daemon'].every((program) => spawnSync('which', [program]).status === 0)
    ? null
    : 'avahi-daemon, avahi-utils and dbus are not installed');

let peer: Peer;
let mdns: Mdns;
const packets = capture();

const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=${folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/><allow send_type="method_return"/><allow send_type="error"/><allow receive_type="method_call"/><allow receive_type="signal"/><allow receive_type="method_return"/><allow receive_type="error"/></policy></busconfig>`;

const AVAHI = `[server]
host-name=linux-box
allow-point-to-point=yes
allow-interfaces=${DEVICE}
use-ipv4=yes
use-ipv6=yes
[publish]
publish-workstation=no
`;

async function until(what: string, holds: () => unknown, seconds = 15): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not in ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What avahi finds for a name. */
async function avahiResolve(family: '-4' | '-6', name: string): Promise<string> {
  const child = inside('avahi-resolve', family, '-n', name);
  let text = '';
  child.stdout!.on('data', (data: Buffer) => (text += data.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return text.trim().split(/\s+/)[1] ?? '';
}

function withAvahi(name: string, body: () => Promise<void>): void {
  test(name, async () => {
    if (missing) {
      skip(missing);
      return;
    }
    await body();
  });
}

withAvahi('our name is probed for and announced, and avahi finds it', async () => {
  writeFileSync(join(folder, 'bus.conf'), BUS);
  writeFileSync(join(folder, 'avahi.conf'), AVAHI);
  environment.DBUS_SYSTEM_BUS_ADDRESS = `unix:path=${folder}/bus`;
  inside('dbus-daemon', `--config-file=${folder}/bus.conf`, '--nofork', '--nopidfile');
  peer = await Peer.open({
    ipv6: true,
    address6: OURS6,
    prepare: (network) => {
      network.host._trace = (sent, _protocol, buf, at, end) => packets.packet(sent, Buffer.from(buf.slice(at, end)));
      mdns = network.mdns('pico');
    },
  });
  assert.ok(run('ip', '-n', space, 'link', 'set', DEVICE, 'multicast', 'on'));
  assert.ok(runInside('sysctl', '-qw', `net.ipv6.conf.${DEVICE}.accept_dad=0`));
  // Its files lie where one daemon alone may have them.
  inside(
    'sh',
    '-c',
    `mkdir -p /run/avahi-daemon && mount -t tmpfs none /run/avahi-daemon && exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f ${folder}/avahi.conf 2>/dev/null`,
  );
  await until('avahi finds us', async () => (await avahiResolve('-4', 'pico.local')) === OURS, 30);
  assert.is(mdnsName(mdns), 'pico.local');
});

withAvahi('by IPv6 as well', async () => {
  assert.match(await avahiResolve('-6', 'pico.local'), /^(fe80|fd77):/);
});

withAvahi('avahi’s name is found by us, whatever its capitals; one that nobody has is not', async () => {
  assert.is(await peer.network.resolve('linux-box.local'), LINUX);
  assert.is(await peer.network.resolve('Linux-Box.LOCAL.'), LINUX);
  const error = await peer.network.resolve('nobody-has-it.local').then(
    () => null,
    (failed: { code: string }) => failed.code,
  );
  assert.is(error, 'ENOTFOUND');
  peer.network.ipconfig({ prefer: 6 });
  assert.match(await peer.network.resolve('linux-box.local'), /^(fe80|fd77):/);
  peer.network.ipconfig({ prefer: 4 });
});

withAvahi('our own name is ours without asking', async () => {
  assert.is(await peer.network.resolve('pico.local'), OURS);
});

withAvahi('a name that avahi has is not taken: ours gets a number, and is found by that', async () => {
  mdns._hostName = () => 'linux-box';
  peer.network.host._tick!();
  await until('another name', () => mdnsName(mdns) === 'linux-box-2.local');
  await until('avahi finds that', async () => (await avahiResolve('-4', 'linux-box-2.local')) === OURS, 20);
  assert.is(await avahiResolve('-4', 'linux-box.local'), LINUX);
});

withAvahi('nothing of it is malformed to Wireshark', async () => {
  if (!hasTshark()) {
    skip('tshark is not installed');
    return;
  }
  const counts = await packets.count({
    ours: 'mdns && ppp.direction == 0',
    theirs: 'mdns && ppp.direction == 1',
    malformed: MALFORMED,
    checksums: BAD_CHECKSUM,
  });
  assert.ok(counts!.ours > 10 && counts!.theirs > 5, JSON.stringify(counts));
  assert.equal([counts!.malformed, counts!.checksums], [0, 0]);
});

test('nothing is left', async () => {
  if (missing) {
    skip(missing);
    return;
  }
  await peer.close();
  cleanUp();
  assert.ok(isGone());
});

test.run();
