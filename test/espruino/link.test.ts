/** The real interpreter: the link, a page, what memory it takes. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { serveHttp } from '../scripts/gateway/rig';
import { openLine } from '../../scripts/lines/open';
import { skip } from '../helpers/skip';
import { Engine, VARIABLES, bundleText, connecting, hasEspruino, withEngine, withGateway } from './engine';

/** Gets a page and says what each piece and the length add up to, so that not one byte can differ. */
const GET = (url: string): string => `
  var sum = '', bytes = 0, began = getTime();
  http.get(${JSON.stringify(url)}, function (response) {
    response.on('data', function (data) {
      sum = E.toString(require('crypto').SHA1(sum + data));
      bytes += data.length;
      print('#' + data.length);
    });
    response.on('close', function () {
      print('@page ' + response.statusCode + ' ' + bytes + ' ' + btoa(sum) + ' ' + (getTime() - began).toFixed(1));
    });
  }).on('error', function (e) { print('@failed ' + e.message); });
`;

/** The same sum of a page in the pieces that were printed. */
function sumOf(page: Buffer, console: string): string {
  let sum = Buffer.alloc(0);
  let at = 0;
  for (const [, length] of console.matchAll(/#(\d+)$/gm)) {
    sum = createHash('sha1')
      .update(sum)
      .update(page.subarray(at, (at += Number(length))))
      .digest();
  }
  return sum.toString('base64');
}

async function judgePage(engine: Engine, page: Buffer): Promise<void> {
  const [, status, bytes, sum, seconds] = await engine.says(/@page (\d+) (\d+) (\S+) (\S+)/);
  assert.equal([status, Number(bytes)], ['200', page.length]);
  assert.is(sum, sumOf(page, engine.console), 'byte for byte');
  console.log(`${bytes} bytes in ${seconds} s`);
}

for (const [security, auth] of [
  ['SEC_NONE', 'none'],
  ['SEC_PAP', 'pap'],
  ['SEC_CHAP', 'chap'],
] as const) {
  test(`${auth}: a page by its name, byte for byte`, async () => {
    if (!hasEspruino()) {
      return;
    }
    const server = await serveHttp(auth === 'none' ? 100 * 1024 : 5000);
    const who = auth === 'none' ? {} : { user: 'me', key: 'secret' };
    const credentials = auth === 'none' ? '' : `micronic.PPP.${security}, 'me', 'secret'`;
    const program = connecting(GET(`http://gateway.micronic:${server.port}/`), credentials);
    try {
      await withGateway(
        program,
        async (engine) => {
          await engine.says(/@up 192.168.64.2/);
          await judgePage(engine, server.page);
        },
        { auth, ...who },
      );
    } finally {
      server.close();
    }
  });
}

test('memory: at most half of the variables with a connection open', async () => {
  if (!hasEspruino()) {
    return;
  }
  const server = await serveHttp(20000);
  const program = connecting(`
    setTimeout(function () { print('@linked ' + process.memory().usage); }, 300);
    setTimeout(function () {
      var most = 0, socket = net.connect({ host: '192.168.64.1', port: ${server.port} }, function () {
        socket.write('GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n');
      });
      var bytes = 0;
      socket.on('data', function (data) {
        most = Math.max(most, process.memory().usage);
        bytes += data.length;
        if (bytes > 20000) print('@open ' + most + ' ' + process.memory().usage);
      });
    }, 500);
  `);
  try {
    await withGateway(program, async (engine) => {
      const [, linked] = await engine.says(/@linked (\d+)/);
      const [, most, open] = await engine.says(/@open (\d+) (\d+)/);
      const share = (n: string): string => `${n} (${((100 * Number(n)) / VARIABLES).toFixed(1)} %)`;
      console.log(`variables: linked ${share(linked)}, connected ${share(open)}, at most ${share(most)}`);
      assert.ok(Number(open) <= VARIABLES / 2, `${open} of ${VARIABLES}`);
    });
  } finally {
    server.close();
  }
});

test('reconnects: down and up again, and after a peer that hangs up', async () => {
  if (!hasEspruino()) {
    return;
  }
  const program = `var times = 0;
  ${connecting(`
    if (++times < 4) setTimeout(function () {
      ppp.disconnect(function () { print('@ended ' + ppp.status()); ppp.connect(); });
    }, 50);
    else print('@enough ' + process.memory().usage);
    if (times == 2) print('@second ' + process.memory().usage);
  `)}`;
  await withGateway(program, async (engine, downs) => {
    const [, second] = await engine.says(/@second (\d+)/);
    const [, last] = await engine.says(/@enough (\d+)/);
    assert.is(engine.console.match(/@ended 0/g)!.length, 3);
    assert.is(downs.length, 3);
    assert.ok(Math.abs(Number(last) - Number(second)) < 200, `no variables are lost: ${second}, ${last}`);
  });
});

test('a wrong key is told as such', async () => {
  if (!hasEspruino()) {
    return;
  }
  await withGateway(
    connecting('', "{ security: micronic.PPP.SEC_CHAP, user: 'me', key: 'guess' }"),
    async (engine) => {
      await engine.says(/@error authenticate auth-failed/);
    },
    { auth: 'chap', user: 'me', key: 'secret' },
  );
});

test('as a module in the storage: the text stays in flash', async () => {
  if (!hasEspruino()) {
    return;
  }
  const writer = new Engine(
    `require('Storage').write('micronic', ${JSON.stringify(bundleText())}); print('@written');`,
  );
  try {
    await writer.says(/@written/);
  } finally {
    await writer.stop(true);
  }
  const program = `
    var before = process.memory().usage, m = require('micronic');
    print('@module ' + [typeof m.PPP, typeof m.UART, typeof m.ipconfig, require('network').PPP === m.PPP]);
    print('@usage ' + (process.memory().usage - before));
    try { new m.PPP(); } catch (e) { print('@' + e.message); }`;
  const engine = new Engine(program, undefined, writer.home);
  try {
    await engine.says(/@module function,function,function,true/);
    const [, usage] = await engine.says(/@usage (\d+)/);
    console.log(`loaded from the storage: ${usage} variables`);
    await engine.says(/@stream has no irq/);
  } finally {
    await engine.stop();
  }
});

test('a page through slirp, which nobody here wrote', async () => {
  if (!hasEspruino()) {
    return;
  }
  try {
    execFileSync('sh', ['-c', 'command -v slirp-fullbolt']);
  } catch {
    skip('slirp-fullbolt is not installed (Debian: apt install slirp)');
    return;
  }
  const server = await serveHttp(50 * 1024);
  // Its controlling terminal is one pty, the interpreter's port another: bytes are carried between them.
  const slirp = await openLine('exec-pty:slirp-fullbolt ppp');
  try {
    await withEngine(connecting(GET(`http://10.0.2.2:${server.port}/`)), async (engine, line) => {
      line.pipe(slirp.stream).pipe(line);
      await engine.says(/@up 10.0.2.15/);
      await judgePage(engine, server.page);
    });
  } finally {
    await slirp.close();
    server.close();
  }
});

test.run();
