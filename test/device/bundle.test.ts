/** What `micronic bundle` makes, and the ways it gets onto a board. */

import http from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeHeap, ERROR, estimateHeap } from '../../scripts/bundle/estimate';
import { targets } from '../../scripts/bundle/targets';
import { cli } from '../scripts/cli/run';
import { createBoard, example, hasFirmware, withDevice } from './device';
import { flashByYmodem } from './ymodem';

const test = suite('bundled programs on the firmware');
const target = targets['kaluma-rp2'];
const folder = mkdtempSync(join(tmpdir(), 'micronic-bundle-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const page = http.createServer((_request, response) => response.end('x'.repeat(3000)));
let httpGet: string;

async function bundled(name: string, source: string): Promise<string> {
  const [app, out] = [join(folder, name), join(folder, 'out.js')];
  writeFileSync(app, source);
  const { code, stderr } = await cli('bundle', app, '--target', 'kaluma-rp2', '-o', out);
  assert.is(code, 0, stderr);
  return readFileSync(out, 'utf8');
}

test.before(async () => {
  page.listen(0, '127.0.0.1');
  await once(page, 'listening');
  httpGet = example('http-get.js', ['8080', String((page.address() as AddressInfo).port)]);
});

test.after(() => {
  page.close();
  page.closeAllConnections();
});

const near = (estimate: number, measured: number): boolean => Math.abs(estimate / measured - 1) < ERROR;

test('http-get.js fetches a page, and takes about the heap that was estimated', async () => {
  if (!hasFirmware()) {
    return;
  }
  const program = await bundled('app.js', httpGet);
  await withDevice(program, { isBundled: true }, async (device) => {
    device.serve(0);
    await device.expect(/address 192\.168\.64\.2\n/);
    await device.expect(/200 3000 bytes\n/);
    await device.type('.gc');
    const { used } = device.board.heapFigures!;
    const estimate = estimateHeap(target, program, ['http'], true).used;
    assert.ok(near(estimate, used), `${estimate} estimated, ${used} measured`);
  });
});

test('the estimates of the heap for code', () => {
  if (!hasFirmware()) {
    return;
  }
  const code = readFileSync(target.micronic, 'utf8');
  const board = createBoard({ program: `global.never=function(){${code}}` });
  board.run(1200);
  const { used, peak } = board.heapFigures!;
  const estimate = codeHeap(code);
  assert.ok(near(target.heapAtStart + estimate.kept, used), `${estimate.kept} estimated, ${used} measured in all`);
  assert.ok(near(target.heapAtStart + estimate.peak, peak), `${estimate.peak} estimated, ${peak} measured in all`);
});

test('TypeScript of modules, with the syntax of today', async () => {
  if (!hasFirmware()) {
    return;
  }
  const program = await bundled(
    'app.ts',
    `import { PPP } from 'micronic';
     import net, { Socket } from 'net';
     class Counter { #n = 0; static made = 0; next(): number { return ++this.#n; } }
     const counter = new Counter();
     counter.next();
     console.log(typeof PPP, typeof net.connect, typeof Socket, counter.next(), Counter.made, (null as any)?.x ?? 'none');
     import('url').then((m) => console.log('later', typeof m.URL));
     (async () => { for await (const x of [1, 2]) console.log('each', x); })();`,
  );
  await withDevice(program, { isBundled: true }, async (device) => {
    await device.expect(/function function function 2 0 none\n/);
    await device.expect(/later function\n/);
    await device.expect(/each 2\n/);
  });
});

test('written over the console, it runs after .load, and the REPL has network', async () => {
  if (!hasFirmware()) {
    return;
  }
  const program = await bundled('app.js', httpGet);
  await withDevice('', { isBundled: true }, async (device) => {
    await device.run(300);
    device.serve(0);
    await flashByYmodem(device, program);
    await device.expect(/address 192\.168\.64\.2\n/);
    await device.expect(/200 3000 bytes\n/);
    await device.type("typeof require('network').PPP + ' ' + (require('network') === require('micronic'))");
    await device.expect(/function true/);
  });
});

test('the bundle alone, written over the console: the REPL has network', async () => {
  if (!hasFirmware()) {
    return;
  }
  await withDevice('', { isBundled: true }, async (device) => {
    await device.run(300);
    await flashByYmodem(device, readFileSync(target.micronic, 'utf8'));
    await device.run(1000);
    device.serve(0);
    await device.type(
      "var m = require('network'), p = new m.PPP(new (require('micronic').UART)(0, { baudrate: 115200 }))",
    );
    await device.type("p.on('connected', function () { console.log('address', p.ipconfig('addr4')[0]) }); p.connect()");
    await device.expect(/address 192\.168\.64\.2\n/);
  });
});

test.run();
