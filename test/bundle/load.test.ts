/** The bundles as they are shipped: in front of a program on Kaluma, and as a module. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, createContext, runInContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasDuk, runDuk } from '../../scripts/duk.mjs';
import { Phase, linkInput, linkOpen, linkPoll, linkPollAt } from '../../modules/ppp/link';
import { FIRMWARE, bundleText, flash } from '../helpers/flashed';
import { Pair } from '../helpers/pair';
import { skip } from '../helpers/skip';

const test = suite('bundles');

const BUNDLES = ['dist/kaluma/ppp.js', 'dist/kaluma/ppp.debug.js'];

/** What the larger ones have beside it, and what of it require() finds by its name. */
const SOCKETS: Record<string, [all: string[], named: string[]]> = {
  'dist/kaluma/socket.js': [
    ['dgram', 'dns', 'ntptime', 'ping', 'socket'],
    ['dgram', 'dns', 'ntptime', 'socket'],
  ],
  'dist/kaluma/http.js': [['dns', 'http', 'net'], ['dns']],
};

/** What MicroPython's documentation promises, and what is documented beside it. */
const PPP_METHODS = 'connect disconnect isconnected status config ipconfig ifconfig on off'.split(' ');
const UART_METHODS = 'irq any read readinto write deinit'.split(' ');

const PROGRAM = `
var network = require('network');
var micronic = require('micronic');
var uart = new micronic.UART(1, { baudrate: 115200, tx: 8, rx: 9 });
var ppp = new network.PPP(uart);
var told = [];
ppp.on('phase', function (name) { told.push(name); });
ppp.on('connected', function () { told.push('connected'); });
ppp.on('disconnected', function (reason) { told.push('disconnected ' + reason); });
globalThis.ppp = ppp; globalThis.told = told; globalThis.network = network; globalThis.micronic = micronic;
`;

for (const [bundle, [all, named]] of Object.entries(SOCKETS)) {
  test(`${bundle}: sockets of our own, in micronic and by their names`, () => {
    const context = flash(bundle, PROGRAM) as unknown as Record<string, Record<string, unknown>>;
    const here = Object.keys(context.micronic).filter((name) => !['PPP', 'UART', 'ipconfig'].includes(name));
    assert.equal(here.sort(), all);
    for (const name of named) {
      assert.is(runInContext(`require('${name}')`, context as Context), context.micronic[name]);
    }
    assert.equal((runInContext("require('net')", context as Context) as { builtin?: string }).builtin, 'net');
    runInContext(bundleText(bundle), context as Context);
    const known = runInContext('process.builtin_modules', context as Context) as string[];
    assert.equal([...known], ['events', 'uart', 'net', 'network', 'micronic', ...named], 'twice is once');
  });
}

test('dist/kaluma/ppp-full.js: every optional part of class PPP', () => {
  const context = flash('dist/kaluma/ppp-full.js', PROGRAM);
  assert.is(runInContext('network.PPP.SEC_MSCHAP2', context), 3);
  for (const name of ['reconnects', 'holdoff', 'probe', 'timeout', 'vj', 'ipv6']) {
    runInContext(`ppp.config({ ${name}: 1 })`, context);
    assert.is(runInContext(`ppp.config('${name}')`, context), 1);
  }
  assert.throws(() => runInContext("ppp.config('no')", context), /unknown config param/);
});

for (const bundle of BUNDLES) {
  test(`${bundle}: a program behind it finds require('network')`, () => {
    const context = flash(bundle, PROGRAM) as Record<string, never>;
    const { network, micronic } = context as Record<string, Record<string, unknown>>;
    assert.type(network.PPP, 'function');
    assert.is(network.PPP, micronic.PPP);
    assert.type(network.ipconfig, 'function');
    assert.type(micronic.UART, 'function');
    assert.equal((runInContext("require('net')", context) as { builtin: string }).builtin, 'net', 'the others stay');
    assert.throws(() => runInContext("require('nothing')", context), /Failed to load module/);
  });

  test(`${bundle}: the names of the API are the documented ones`, () => {
    const context = flash(bundle, PROGRAM);
    const names = (expression: string): string[] =>
      (
        runInContext(
          `Object.keys(${expression}).concat(Object.getOwnPropertyNames(${expression}))`,
          context,
        ) as string[]
      )
        .slice()
        .filter((name, i, all) => all.indexOf(name) === i);
    const methods = names('network.PPP.prototype');
    PPP_METHODS.forEach((name) => assert.ok(methods.includes(name), name));
    assert.is(runInContext('typeof ppp.poll', context), 'function');
    assert.equal(
      ['SEC_NONE', 'SEC_PAP', 'SEC_CHAP'].map((name) => runInContext(`network.PPP.${name}`, context) as number),
      [0, 1, 2],
    );
    const uart = names('micronic.UART.prototype');
    UART_METHODS.forEach((name) => assert.ok(uart.includes(name), name));
    assert.type(runInContext('new micronic.UART(0).IRQ_RXIDLE', context), 'number');
    const left = names('network').concat(names('micronic'));
    assert.equal([...new Set(left)].sort(), ['PPP', 'UART', 'ipconfig']);
  });

  test(`${bundle}: loading it twice registers once`, () => {
    const context = flash(bundle, PROGRAM);
    runInContext(bundleText(bundle), context);
    const modules = runInContext('process.builtin_modules.join()', context) as string;
    assert.is(modules, 'events,uart,net,network,micronic');
  });

  test(`${bundle}: it leaves no globals but the network of the firmware`, () => {
    const before = createContext({});
    runInContext(FIRMWARE, before);
    const known = new Set(runInContext('Object.keys(this)', before) as string[]);
    const context = createContext({});
    runInContext(FIRMWARE, context);
    runInContext(bundleText(bundle), context);
    const added = Array.from(runInContext('Object.keys(this)', context) as string[]).filter((name) => !known.has(name));
    assert.equal(
      added.filter((name) => name !== '__netdev'),
      [],
    );
  });

  test(`${bundle}: what starts no timer costs nothing`, () => {
    const context = flash(bundle, PROGRAM);
    assert.is(runInContext('timers.filter(function (timer) { return timer; }).length', context), 0);
    assert.is(runInContext('written.length', context), 0);
  });

  test(`${bundle}: it connects with CHAP, and disconnects`, () => {
    const context = flash(bundle, PROGRAM);
    const pair = new Pair({ auth: 'chap' });
    const { server } = pair;
    const answers: Uint8Array[] = [];
    pair.write = (_from, bytes) => answers.push(bytes);
    let nowMs = 1000;
    linkOpen(server.link, nowMs);
    runInContext("ppp.connect(network.PPP.SEC_CHAP, 'me', 'secret')", context);
    const give = runInContext('(function (bytes) { uarts[0].data(Uint8Array.from(bytes)); })', context) as (
      bytes: number[],
    ) => void;
    const pass = runInContext('passTime', context) as (toMs: number) => void;
    const written = runInContext('written', context) as Uint8Array[];
    const step = (): void => {
      nowMs += 5;
      pass(nowMs);
      for (const bytes of written.splice(0)) {
        linkInput(server.link, bytes, bytes.length, nowMs);
      }
      if (linkPollAt(server.link) <= nowMs) {
        linkPoll(server.link, nowMs);
      }
      answers.splice(0).forEach((bytes) => give(Array.from(bytes)));
    };
    for (let i = 0; i < 200 && runInContext('!ppp.isconnected()', context); i++) {
      step();
    }
    assert.is(runInContext('ppp.isconnected()', context), true);
    assert.is(runInContext('ppp.status()', context), 4);
    assert.is(runInContext("ppp.ipconfig('addr4')[0]", context), '10.0.0.2');
    assert.equal(Array.from(runInContext('ppp.ifconfig()', context) as string[]), [
      '10.0.0.2',
      '255.255.255.255',
      '10.0.0.1',
      '10.0.0.3',
    ]);
    assert.is(server.link._phase, Phase.Running);
    runInContext('ppp.disconnect()', context);
    for (let i = 0; i < 600 && runInContext('ppp.status()', context) !== 0; i++) {
      step();
    }
    assert.is(runInContext('ppp.status()', context), 0);
    assert.equal(Array.from(runInContext('told', context) as string[]), [
      'establish',
      'authenticate',
      'network',
      'running',
      'connected',
      'disconnected user',
      'terminate',
      'dead',
    ]);
    // What was set before may ring once more, but nothing goes on.
    pass(nowMs + 60000);
    assert.is(runInContext('timers.filter(function (timer) { return timer; }).length', context), 0);
  });

  test(`${bundle}: as a module of somebody's bundler, on a board`, () => {
    const context = createContext({});
    runInContext(FIRMWARE, context);
    const exported = runInContext(
      `(function () {
        var module = { exports: {} };
        (function (exports, require, module) { ${bundleText(bundle)}\n })(module.exports, require, module);
        return module.exports;
      })()`,
      context,
    ) as Record<string, unknown>;
    assert.equal(Array.from(Object.keys(exported)).sort(), ['PPP', 'UART', 'ipconfig']);
    assert.is(runInContext("require('network').PPP", context), exported.PPP, 'and require() knows it, too');
  });

  test(`${bundle}: as a CommonJS module of Node`, () => {
    bundleText(bundle);
    const globals = globalThis as Record<string, unknown>;
    // Two functions of the firmware that Node lacks.
    globals.millis = globals.micros = () => 0;
    try {
      const exported = createRequire(import.meta.url)(join(process.cwd(), bundle)) as Record<string, unknown>;
      assert.equal(Object.keys(exported).sort(), ['PPP', 'UART', 'ipconfig']);
      assert.throws(
        () => new (exported.PPP as new (stream: unknown) => unknown)({}),
        (error: Error) => error.name === 'TypeError',
      );
    } finally {
      delete globals.millis;
      delete globals.micros;
      delete globals.__netdev;
    }
  });

  test(`${bundle}: in Duktape`, () => {
    if (!hasDuk()) {
      skip('duk is not installed (Debian: apt-get install duktape)');
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'load-'));
    try {
      const before = join(folder, 'firmware.js');
      const after = join(folder, 'program.js');
      writeFileSync(before, FIRMWARE);
      writeFileSync(
        after,
        `${PROGRAM.replace(/^globalThis.*$/m, '')}
        print(${JSON.stringify(PPP_METHODS)}.map(function (name) { return typeof ppp[name]; }).join());
        print([ppp.status(), ppp.isconnected(), network.PPP.SEC_CHAP, typeof ppp.poll].join());
        ppp.connect({ security: network.PPP.SEC_PAP, user: 'me', key: 'secret' });
        // A frame is written in pieces.
        function frames() { return written.filter(function (piece) { return piece[0] === 126; }).length; }
        print([ppp.status(), ppp.status('phase'), frames(), written[0][0]].join());
        passTime(60000);
        print([ppp.status(), ppp.status('reason'), frames(), told.join(' ')].join());`,
      );
      bundleText(bundle);
      const { ok, output } = runDuk([before, bundle, after]);
      assert.is(
        output,
        [
          PPP_METHODS.map(() => 'function').join(),
          '0,false,2,function',
          '3,establish,1,126',
          '-6,no-answer,10,establish dead',
          '',
        ].join('\n'),
      );
      assert.ok(ok);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test.run();
