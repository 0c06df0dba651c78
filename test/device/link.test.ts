/** Links and transfers on Kaluma's firmware. */

import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { serveTcp } from '../scripts/gateway/rig';
import { hasFirmware, sequence, withDevice } from './device';

const test = suite('links on the firmware');

const LINK = `
const { UART, PPP } = require('micronic');
const ppp = new PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));
ppp.on('error', (e) => console.log('failed', e.phase, e.reason));
`;

/** As the board computes it, in numbers that its engine keeps out of the heap. */
function digest(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) {
    sum = (sum * 31 + byte) % 65521;
  }
  return sum;
}

test("require('network') works at the REPL", async () => {
  if (!hasFirmware()) {
    return;
  }
  await withDevice('', {}, async (device) => {
    await device.run(1500);
    await device.type("require('network').PPP.SEC_CHAP");
    await device.expect(/SEC_CHAP\n2\n/);
    await device.type("require('network') === require('micronic')");
    await device.expect(/micronic'\)\ntrue\n/);
    await device.type('var p = new (require("network").PPP)(new (require("network").UART)(0)); p.status()');
    await device.expect(/status\(\)\n0\n/);
  });
});

test('CHAP with the right key, and with a wrong one', async () => {
  if (!hasFirmware()) {
    return;
  }
  const gateway = { auth: 'chap', user: 'me', key: 'sésame' } as const;
  const connect = (key: string): string =>
    `${LINK}ppp.connect({ security: PPP.SEC_CHAP, user: 'me', key: '${key}' }, (e) => e || console.log('connected'));`;
  await withDevice(connect('s\\u00e9same'), { gateway }, async (device) => {
    device.serve();
    await device.expect(/connected\n/);
  });
  await withDevice(connect('sesame'), { gateway }, async (device) => {
    device.serve();
    await device.expect(/failed authenticate auth-failed\n/);
    assert.is(device.downs[0].reason, 'auth-failed');
  });
});

test('PAP', async () => {
  if (!hasFirmware()) {
    return;
  }
  const source = `${LINK}ppp.connect({ security: PPP.SEC_PAP, user: 'me', key: 'k' }, (e) => e || console.log('connected'));`;
  await withDevice(source, { gateway: { auth: 'pap', user: 'me', key: 'k' } }, async (device) => {
    device.serve();
    await device.expect(/connected\n/);
  });
});

test('ppp-full.js: MSCHAPv2 with the right key and a wrong one, VJ compression, IPV6CP', async () => {
  if (!hasFirmware()) {
    return;
  }
  const seen = new Set<number>();
  const gateway = { auth: 'mschapv2', user: 'me', key: 'secret', vj: true, ipv6: true } as const;
  const options = {
    bundle: 'dist/kaluma/ppp-full.js',
    gateway: { ...gateway, trace: (_sent: boolean, protocol: number) => void seen.add(protocol) },
  };
  const server = await serveTcp((socket) => socket.on('data', (data) => socket.end(data)));
  const connect = (key: string): string => `${LINK}
    ppp.config({ vj: 1, ipv6: 1, timeout: 9000 });
    ppp.connect({ security: PPP.SEC_MSCHAP2, user: 'me', key: '${key}' }, (e) => {
      if (e) return;
      const socket = new (require('net').Socket)();
      socket.on('data', (data) => console.log('echo', data.length));
      socket.connect({ host: '192.168.64.1', port: ${server.port} }, () => socket.write('hello'));
    });`;
  try {
    await withDevice(connect('secret'), options, async (device) => {
      device.serve();
      await device.expect(/echo 5\n/);
      // IPV6CP, and VJ's uncompressed and compressed headers.
      assert.equal(
        [0x8057, 0x2f, 0x2d].filter((protocol) => !seen.has(protocol)),
        [],
      );
    });
    await withDevice(connect('guess'), options, async (device) => {
      device.serve();
      await device.expect(/failed authenticate auth-failed\n/);
    });
  } finally {
    await server.close();
  }
});

test('five links, one after the other', async () => {
  if (!hasFirmware()) {
    return;
  }
  const source = `${LINK}
    let left = 5;
    (function next() {
      ppp.connect((error) => {
        console.log('link', left, error || ppp.ipconfig('addr4')[0]);
        ppp.disconnect(() => {
          if (--left) next();
          else console.log('done');
        });
      });
    })();`;
  await withDevice(source, {}, async (device) => {
    device.serve();
    for (let left = 5; left; left--) {
      await device.expect(new RegExp(`link ${left} 192\\.168\\.64\\.2\\n`));
    }
    await device.expect(/done\n/);
    await device.until(() => device.downs.length === 5);
    assert.equal(
      device.downs.map(({ reason }) => reason),
      Array(5).fill('terminated'),
    );
    assert.is(device.board.restarts, 0);
  });
});

test('a download of 20 KB, every byte', async () => {
  if (!hasFirmware()) {
    return;
  }
  const random = sequence(3);
  const page = Uint8Array.from({ length: 20480 }, () => random());
  const server = await serveTcp((socket) => socket.end(page));
  const source = `${LINK}
    ppp.connect(() => {
      const s = new (require('net').Socket)();
      let sum = 0, count = 0;
      s.on('data', (d) => {
        for (let i = 0, n = d.length; i < n; i++) sum = (sum * 31 + d[i]) % 65521;
        count += d.length;
      });
      s.on('end', () => { console.log('got', count, sum); s.end(); });
      s.connect({ host: '192.168.64.1', port: ${server.port} });
    });`;
  try {
    await withDevice(source, {}, async (device) => {
      device.serve();
      const [, count, sum] = await device.expect(/got (\d+) (\d+)\n/, 20000);
      assert.equal([Number(count), Number(sum)], [page.length, digest(page)]);
      assert.is(device.board.uartStats(0).rxOverruns, 0);
    });
  } finally {
    await server.close();
  }
});

test('an upload of 10 KB, every byte', async () => {
  if (!hasFirmware()) {
    return;
  }
  const chunks: Buffer[] = [];
  let ended: () => void;
  const end = new Promise<void>((resolve) => (ended = resolve));
  const server = await serveTcp((socket) => {
    socket.on('data', (chunk) => chunks.push(chunk));
    void once(socket, 'end').then(() => {
      socket.end();
      ended();
    });
  });
  const source = `${LINK}
    ppp.connect(() => {
      const s = new (require('net').Socket)();
      s.connect({ host: '192.168.64.1', port: ${server.port} }, () => {
        for (let i = 0; i < 40; i++) {
          let text = '';
          for (let k = 0; k < 256; k++) text += String.fromCharCode((i * 7 + k) & 127);
          s.write(text);
        }
        s.end();
      });
    });`;
  try {
    await withDevice(source, {}, async (device) => {
      device.serve();
      let isOver = false;
      void end.then(() => (isOver = true));
      assert.ok(await device.until(() => isOver, 20000), `${Buffer.concat(chunks).length} bytes have come`);
      const expected = Buffer.alloc(10240).map((_byte, at) => ((at >> 8) * 7 + (at & 255)) & 127);
      assert.is(Buffer.compare(Buffer.concat(chunks), expected), 0);
    });
  } finally {
    await server.close();
  }
});

test.run();
