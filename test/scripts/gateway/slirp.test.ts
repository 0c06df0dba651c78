/** The client's stack against a PPP server that nobody here wrote: Debian's slirp. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packet from 'dns-packet';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Network, PPP } from '../../../board-targets/node';
import type { NetworkError } from '../../../modules/network/errors';
import { openLine } from '../../../scripts/lines/open';
import { skip } from '../../helpers/skip';
import { type Credentials, fetchBody, type HttpEcho, serveHttp, within } from './rig';

/** The computer that slirp runs on, as its guest sees it. */
const HOST = '10.0.2.2';
const GOOD = { user: 'alice', key: 'secret' };
/** Where the test's name server listens, so that nobody else's is in the way. */
const DNS_ADDRESS = '127.0.0.77';
const NAME = 'page.slirp.test';

function runs(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const home = mkdtempSync(join(tmpdir(), 'micronic-slirp-'));
for (const kind of ['pap', 'chap']) {
  writeFileSync(join(home, `.${kind}-secrets`), `${GOOD.user} * ${GOOD.key}\n`, { mode: 0o600 });
}
const isInstalled = runs('sh', '-c', 'command -v slirp-fullbolt');
let server: HttpEcho;

test.before(async () => {
  server = await serveHttp();
});

test.after(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});

interface Guest {
  network: Network;
  ppp: PPP;
  error: NetworkError | null;
}

/** Connects to a slirp of its own; `prefix` is a command that runs it. */
async function withSlirp(
  { options = '', credentials = {}, prefix = '' }: { options?: string; credentials?: Credentials; prefix?: string },
  body: (guest: Guest) => Promise<void>,
): Promise<void> {
  const line = await openLine(`exec-pty:HOME='${home}' ${prefix} slirp-fullbolt ppp ${options}`);
  const network = new Network();
  const ppp = network.ppp(line.stream);
  try {
    const connected = new Promise<NetworkError | null>((resolve) => ppp.connect({ ...credentials }, resolve));
    await within(connected.then((error) => body({ network, ppp, error })));
  } finally {
    await new Promise<void>((resolve) => ppp.disconnect(() => resolve()));
    await line.close();
  }
}

async function carriesPages({ network, ppp, error }: Guest): Promise<void> {
  assert.is(error, null);
  assert.equal(ppp.ipconfig('addr4'), ['10.0.2.15', '255.255.255.255']);
  assert.ok((await fetchBody(network, HOST, server.port)).equals(server.page), 'the page');
  const upload = randomBytes(200 * 1024);
  assert.ok((await fetchBody(network, HOST, server.port, upload)).equals(upload), 'the upload');
  const startedMs = performance.now();
  await new Promise<void>((resolve) => ppp.disconnect(() => resolve()));
  assert.ok(performance.now() - startedMs < 1000, 'disconnect takes long');
  assert.is(ppp.status(), 0);
  assert.is(ppp.status('reason'), 'user');
}

const CASES: { name: string; options: string; credentials: Credentials }[] = [
  { name: 'no authentication', options: '', credentials: {} },
  { name: 'PAP', options: '+pap', credentials: { security: PPP.SEC_PAP, ...GOOD } },
  { name: 'CHAP', options: '+chap', credentials: { security: PPP.SEC_CHAP, ...GOOD } },
];

for (const { name, options, credentials } of CASES) {
  test(`slirp, ${name}: a page and an upload of 200 KB byte for byte, and a clean end`, async () => {
    if (!isInstalled) {
      skip('slirp-fullbolt is not installed (Debian: apt install slirp)');
      return;
    }
    await withSlirp({ options, credentials }, carriesPages);
  });
}

for (const { name, options, credentials } of CASES.slice(1)) {
  test(`slirp, ${name}: a wrong key is told as such`, async () => {
    if (!isInstalled) {
      skip('slirp-fullbolt is not installed (Debian: apt install slirp)');
      return;
    }
    await withSlirp({ options, credentials: { ...credentials, key: 'wrong' } }, async ({ ppp, error }) => {
      assert.is(error?.reason, 'auth-failed');
      assert.is(error?.phase, 'authenticate');
      assert.is(ppp.status(), -7);
    });
  });
}

/** Knows one name. */
async function serveNames(): Promise<{ asked: string[]; close(): void }> {
  const asked: string[] = [];
  const socket = dgram.createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const { id, questions = [] } = packet.decode(message);
    asked.push(questions[0].name);
    const isKnown = questions[0].name === NAME;
    const reply = packet.encode({
      type: 'response',
      id,
      flags: packet.RECURSION_AVAILABLE | (isKnown ? 0 : 3),
      questions,
      answers: isKnown ? [{ type: 'A', name: NAME, ttl: 10, data: HOST }] : [],
    });
    socket.send(reply, port, address);
  });
  socket.bind(53, DNS_ADDRESS);
  await once(socket, 'listening');
  return { asked, close: () => socket.close() };
}

test('slirp: a name is resolved through the name server that slirp tells, and its page loaded', async () => {
  if (!isInstalled) {
    skip('slirp-fullbolt is not installed (Debian: apt install slirp)');
    return;
  }
  // slirp tells the name server of /etc/resolv.conf: it gets one of its own, in a mount namespace.
  const resolvConf = join(home, 'resolv.conf');
  writeFileSync(resolvConf, `nameserver ${DNS_ADDRESS}\n`);
  const names = await serveNames().catch(() => null);
  if (!names || !runs('unshare', '-m', 'true')) {
    names?.close();
    skip('a name server of its own for slirp takes root: port 53 and a mount namespace');
    return;
  }
  const prefix = `unshare -m sh -c 'mount --bind ${resolvConf} /etc/resolv.conf && exec "$@"' sh`;
  try {
    await withSlirp({ prefix }, async ({ network, error }) => {
      assert.is(error, null);
      assert.is(network.ipconfig('dns'), DNS_ADDRESS);
      assert.is(await network.resolve(NAME), HOST);
      assert.ok((await fetchBody(network, NAME, server.port)).equals(server.page));
      const reason = await network.resolve('other.slirp.test').catch((failure) => failure.code);
      assert.is(reason, 'ENOTFOUND');
      assert.equal(names.asked, [NAME, 'other.slirp.test']);
    });
  } finally {
    names.close();
  }
});

test.run();
