/** examples/kaluma/cellular.js as it is flashed, behind the bundle, against a scripted modem that dials a gateway. */

import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { createContext, runInContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { netdev } from '../../board-targets/kaluma-rp2/netdev';
import { Gateway } from '../../scripts/gateway/gateway';
import { linePair } from '../../scripts/lines/pair';
import { standInNet } from '../helpers/kaluma-net';
import { Modem, type ModemOptions } from '../helpers/modem';

const test = suite('examples/cellular');

interface Run {
  modem: Modem;
  /** Resolves with the first line the program prints. */
  printed: Promise<string>;
  stop(): void;
}

/** Kaluma's globals over a line: one UART, the firmware's timers, `net` by its stand-in and the least of `http`. */
function flash(program: string, line: Duplex, print: (text: string) => void): void {
  const global: Record<string, unknown> = {
    millis: () => Math.floor(performance.now()),
    micros: () => Math.floor(performance.now() * 1000),
    // The program goes on for ever, as on a board; this process is kept by the web server while a test runs.
    setTimeout: (f: () => void, ms: number) => setTimeout(f, ms).unref(),
    clearTimeout: (id: NodeJS.Timeout) => clearTimeout(id),
    console: { log: (...words: unknown[]) => print(words.join(' ')) },
  };
  const net = standInNet(
    () => global.__netdev as typeof netdev,
    (f, ms) => void setTimeout(f, ms),
  );
  const get = (options: { host: string; port: number; path: string }, done: (r: { statusCode: number }) => void) => {
    const socket = net.connect(options, () => socket.end(`GET ${options.path} HTTP/1.0\r\n\r\n`));
    socket.once('data', (data: Uint8Array) => done({ statusCode: Number(Buffer.from(data).toString().split(' ')[1]) }));
  };
  class NativeUart {
    constructor(_port: number, _options: object, data: (bytes: Uint8Array) => void) {
      line.on('data', (bytes: Buffer) => data(Uint8Array.from(bytes)));
    }
    write(bytes: Uint8Array | string): void {
      line.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes.buffer as ArrayBuffer));
    }
  }
  const binding = Object.assign((module: unknown) => module, { uart: { UART: NativeUart } });
  const process = {
    binding,
    builtin_modules: ['http'],
    getBuiltinModule: () => (_exports: object, _require: unknown, module: { exports: object }) => {
      module.exports = { get };
    },
  };
  global.process = process;
  global.TextEncoder = TextEncoder;
  global.require = (id: string) => {
    const module = { exports: {} };
    (process.getBuiltinModule as (id: string) => (e: object, r: unknown, m: object) => void)(id)({}, null, module);
    return module.exports;
  };
  global.global = global;
  runInContext(`'use strict';\n${readFileSync('dist/kaluma/ppp.js', 'utf8')}\n${program}`, createContext(global));
}

async function dial(options: (gateway: Gateway) => ModemOptions): Promise<Run> {
  const server = http.createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const gateway = new Gateway();
  const [board, far] = linePair();
  const modem = new Modem(far, options(gateway));
  const program = readFileSync('examples/kaluma/cellular.js', 'utf8')
    .replace('example.com', 'gateway.micronic')
    .replace('port: 80', `port: ${(server.address() as AddressInfo).port}`);
  const printed = new Promise<string>((done) => flash(program, board, done));
  return {
    modem,
    printed,
    stop: () => {
      gateway.stop();
      server.closeAllConnections();
      server.close();
      board.destroy();
      far.destroy();
    },
  };
}

test('dials, connects and loads a page', async () => {
  const run = await dial((gateway) => ({ gateway }));
  assert.is(await run.printed, '200');
  assert.equal(run.modem.commands, ['ATE0', 'AT+CGDCONT=1,"IP","internet"', 'ATD*99#']);
  run.stop();
});

test('says which command failed, and with what', async () => {
  const run = await dial(() => ({ answers: { 'AT+CGDCONT': 'ERROR' } }));
  assert.is(await run.printed, 'AT+CGDCONT=1,"IP","internet": ERROR');
  assert.is(run.modem.commands.length, 2, 'nothing is dialled');
  run.stop();
});

test('says that there is no carrier', async () => {
  const run = await dial(() => ({}));
  assert.is(await run.printed, 'ATD*99#: NO CARRIER');
  run.stop();
});

test('is under 40 lines', () => {
  assert.ok(readFileSync('examples/kaluma/cellular.js', 'utf8').trim().split('\n').length < 40);
});

test.run();
