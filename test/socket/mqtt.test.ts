/**
 * MQTT clients that exist already, unchanged, over our `net`, against Debian's mosquitto. MQTT_MODULES names a folder with
 * Espruino's MQTT.js and tinyMQTT.js (github.com/espruino/EspruinoDocs, modules/), which is not part of this.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createContext, runInContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as net from '../../modules/socket/net';
import { LINUX, Peer, cleanUp, inside, space, why, within } from '../helpers/linux';
import { skip } from '../helpers/skip';

const PORT = 1883;
const FOLDER = process.env.MQTT_MODULES;
const folder = mkdtempSync(join(tmpdir(), 'micronic-mqtt-'));
const intervals = new Set<NodeJS.Timeout>();

interface Client {
  connected?: boolean;
  connect(): void;
  disconnect(): void;
  subscribe(topic: string, qos?: number): void;
  publish(topic: string, message: string, qos?: number): void;
  on(event: string, listener: (a: never, b: never) => void): void;
}

/** The module of a file, in a world like Espruino's: every object has on() and emit(), text has one byte a character. */
function loaded(ours: Peer, file: string): { create(server: string, options?: object): Client } {
  const exports = {};
  const context = createContext({
    exports,
    console,
    setTimeout,
    clearTimeout,
    setInterval: (f: () => void, ms: number) => {
      const timer = setInterval(f, ms);
      intervals.add(timer);
      return timer;
    },
    clearInterval,
    getSerial: () => 'serial',
    require: (id: string) => {
      assert.is(id, 'net');
      return {
        connect: (options: net.Socket & { port: number; host: string }, connected: () => void) =>
          ours.network.use(() =>
            net
              .connect(options, connected as never)
              .setEncoding('latin1')
              .setDefaultEncoding('latin1'),
          ),
      };
    },
  });
  runInContext(
    `for (const [name, f] of Object.entries({
      on(event, f) { (this['#' + event] = this['#' + event] || []).push(f); },
      emit(event, ...values) { (this['#' + event] || []).forEach((f) => f.apply(this, values)); },
      removeAllListeners(event) { delete this['#' + event]; },
    })) Object.defineProperty(Object.prototype, name, { value: f, writable: true, configurable: true });`,
    context,
  );
  runInContext(readFileSync(join(FOLDER!, file), 'utf8'), context, { filename: file });
  return exports as never;
}

async function until(what: string, done: () => boolean): Promise<void> {
  for (let tries = 0; !done(); tries++) {
    assert.ok(tries < 400, what);
    await sleep(50);
  }
}

test('MQTT.js and tinyMQTT.js: connect, subscribe, publish of both qualities, bytes above 0x7f', async () => {
  if (why) {
    skip(why);
    return;
  }
  if (!FOLDER || !existsSync(join(FOLDER, 'MQTT.js')) || !existsSync(join(FOLDER, 'tinyMQTT.js'))) {
    skip('MQTT_MODULES names no folder with MQTT.js and tinyMQTT.js of Espruino');
    return;
  }
  if (spawnSync('sh', ['-c', 'PATH=$PATH:/usr/sbin command -v mosquitto']).status !== 0) {
    skip('mosquitto is not installed');
    return;
  }
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, `listener ${PORT} 0.0.0.0\nallow_anonymous true\nuser root\n`);
  const ours = await Peer.open({ bounds: { _tcpSockets: 8 } });
  const broker = inside('/usr/sbin/mosquitto', '-c', config);
  broker.stdout!.resume();
  const listening = (): boolean =>
    spawnSync('ip', ['netns', 'exec', space, 'ss', '-Hltn', `sport = :${PORT}`]).stdout.length > 0;
  await until('mosquitto listens', listening);

  const got: string[] = [];
  const mqtt = loaded(ours, 'MQTT.js').create(LINUX, { client_id: 'one' });
  mqtt.on('message', (topic: never, message: never) => got.push(`MQTT ${topic} ${message}`));
  mqtt.on('error', (error: never) => got.push(`MQTT error ${error}`));
  mqtt.connect();
  await until('MQTT.js is connected', () => !!mqtt.connected);
  mqtt.subscribe('to/one');

  const tiny = loaded(ours, 'tinyMQTT.js').create(LINUX, { reconnect_interval: 300 });
  let isConnected = false;
  tiny.on('connected', () => (isConnected = true));
  tiny.on('message', (message: never) => {
    const { topic, message: text } = message as { topic: string; message: string };
    got.push(`tiny ${topic} ${text}`);
  });
  tiny.connect();
  await until('tinyMQTT.js is connected', () => isConnected);
  tiny.subscribe('to/tiny');
  await sleep(300);

  mqtt.publish('to/tiny', 'hello', 0);
  await until('hello', () => got.length === 1);
  tiny.publish('to/one', 'back \u00ff\u0080');
  await until('back', () => got.length === 2);
  mqtt.publish('to/one', 'x'.repeat(5000), 1);
  await until('5000 octets', () => got.length === 3);
  assert.equal(got, ['tiny to/tiny hello', 'MQTT to/one back \u00ff\u0080', `MQTT to/one ${'x'.repeat(5000)}`]);

  mqtt.disconnect();
  tiny.disconnect();
  await within(
    until('both are gone', () => ours.stack._tcbs.every((tcb) => (tcb._state as number) === 8)),
    20,
  );
  broker.kill('SIGKILL');
  await ours.close();
});

test('nothing is left', () => {
  intervals.forEach(clearInterval);
  rmSync(folder, { recursive: true, force: true });
  cleanUp();
});

test.run();
