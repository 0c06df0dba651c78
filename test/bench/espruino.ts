/**
 * What Espruino's interpreter reaches, built for Linux: a download beside a bare loop that only counts, what each step of
 * the receive path costs, and what memory each module takes. The processor's time counts, for a shared computer.
 */

import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { benchModules } from './espruino-memory';
import { Engine, connecting, hasEspruino, withEngine, withGateway } from '../espruino/engine';

const BYTES = 200000;
/** Linux counts a process's time in these, s. */
const TICK = 0.01;

/** Of the interpreter, user and system, s. */
function processorSeconds(engine: Engine): number {
  const fields = readFileSync(`/proc/${engine.pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

interface Run {
  kilobytesPerSecond: number;
  microsecondsPerByte: number;
}

const RUNS = 3;

const faster = (a: Run, b: Run): Run => (a.kilobytesPerSecond > b.kilobytesPerSecond ? a : b);

/** From @begin to @end, which tells the seconds. */
async function measure(engine: Engine): Promise<Run> {
  await engine.says(/@begin/, 60000);
  const began = processorSeconds(engine);
  const [, seconds] = await engine.says(/@end (\S+)/, 300000);
  return {
    kilobytesPerSecond: BYTES / 1000 / Number(seconds),
    microsecondsPerByte: ((processorSeconds(engine) - began) * 1e6) / BYTES,
  };
}

/** Counts what comes until it is all there. */
const counting = (of: string): string => `
  var bytes = 0, began;
  function count(data) {
    if (!bytes) { began = getTime(); print('@begin'); }
    bytes += data.length;
    if (bytes >= ${BYTES}) { print('@end ' + (getTime() - began)); ${of}.removeAllListeners('data'); }
  }
`;

async function bare(): Promise<Run> {
  let result: Run | undefined;
  const program = `
    Serial1.setup(115200, { path: PTY });
    ${counting('Serial1')}
    Serial1.on('data', count);
    print('@ready');`;
  await withEngine(program, async (engine, line: Duplex) => {
    await engine.says(/@ready/);
    line.write(Buffer.alloc(BYTES + 64, 'x'));
    result = await measure(engine);
  });
  return result!;
}

async function download(): Promise<Run> {
  let result: Run | undefined;
  const page = Buffer.alloc(BYTES, 'x');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(page);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const program = connecting(`
    ${counting('socket')}
    var socket = net.connect({ host: '192.168.64.1', port: ${port} }, function () {});
    socket.on('data', count);`);
  try {
    await withGateway(program, async (engine) => {
      result = await measure(engine);
    });
  } finally {
    server.close();
  }
  return result!;
}

/** Over one packet of 1,500 octets. */
const STEPS: [string, string][] = [
  ['FCS-16', 'm.fcs16(65535, packet, 0, 1500)'],
  ['Internet checksum', 'm.sum16(packet, 0, 1500, 0)'],
  ['find a flag', 'm.findByte(packet, 0x7e, 0, 1500)'],
  ['unescape, 1 in 128', 'work.set(stuffed); m.unescapeDown(work, 0, 0, stuffed.length)'],
  ['framer, 1 in 128', 'm.framerInput(framer, frame, frame.length)'],
];
const ROUNDS = 400;

/** A bundle's name for an internal one. */
const short = (name: string): string =>
  (JSON.parse(readFileSync('scripts/mangle.json', 'utf8')) as { names: Record<string, string> }).names[name];

async function steps(): Promise<void> {
  const program = `var exports = {};
${readFileSync('dist/test/steps-espruino.js', 'utf8')}
var m = exports, packet = new Uint8Array(1500), work = new Uint8Array(3072), seen = 0;
for (var i = 0; i < 1500; i++) packet[i] = i % 128 ? 65 + i % 26 : 0x7e;
packet[0] = 65;
var stuffed = m.copyOf(work, 0, m.escapeInto(work, 0, packet, 0, 1500, 0));
var framer = m.createFramer(3072, function () { seen++; });
m.framerReset(framer);
var frame;
var encoder = m.createEncoder({ ${short('_write')}: function (bytes) { frame = bytes; } }, { txBytes: 0 }, 1500);
framer.${short('_accm')} = encoder.${short('_accm')} = 0;
m.encodeFrame(encoder, false, 0x21, packet, 0, 1500, 0);
m.framerInput(framer, frame, frame.length);
seen = 0;
var todo = [${STEPS.map(([, code]) => `function () { ${code}; }`).join(',\n')}];
function go(step) {
  for (var i = 0, f = todo[step]; i < ${ROUNDS}; i++) f();
  print('@did ' + step + ' ' + seen);
}
print('@ready');`;
  const engine = new Engine(program);
  try {
    await engine.says(/@ready/, 60000);
    for (const [i, [name]] of STEPS.entries()) {
      const began = processorSeconds(engine);
      engine.type(`go(${i})`);
      const [, seen] = await engine.says(new RegExp(`@did ${i} (\\d+)`), 120000);
      const cost = ((processorSeconds(engine) - began) * 1e6) / (ROUNDS * 1500);
      console.log(`  ${name.padEnd(22)} ${cost.toFixed(2).padStart(29)} µs of processor a byte`);
      if (name.startsWith('framer') && Number(seen) !== ROUNDS) {
        throw new Error(`the framer gave ${seen} of ${ROUNDS} frames`);
      }
    }
  } finally {
    await engine.stop();
  }
}

export async function benchEspruino(): Promise<void> {
  if (!hasEspruino()) {
    return;
  }
  console.log(`\nEspruino's interpreter on this computer, ${BYTES} bytes received, and steps over a packet of 1,500:`);
  // On a shared computer the fastest of some, in turn.
  let [loop, ours] = [await bare(), await download()];
  for (let i = 1; i < RUNS; i++) {
    loop = faster(loop, await bare());
    ours = faster(ours, await download());
  }
  const row = (name: string, { kilobytesPerSecond, microsecondsPerByte }: Run): void =>
    console.log(
      `  ${name.padEnd(22)} ${kilobytesPerSecond.toFixed(1).padStart(6)} kB/s ${microsecondsPerByte.toFixed(1).padStart(6)} µs of processor a byte`,
    );
  row('a loop that counts', loop);
  row('net over PPP', ours);
  console.log(`  ratio                  ${(ours.kilobytesPerSecond / loop.kilobytesPerSecond).toFixed(2).padStart(6)}`);
  await steps();
  await benchModules();
}
