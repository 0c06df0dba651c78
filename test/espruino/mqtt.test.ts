/** Espruino's own MQTT modules, unmodified, over our sockets, and Debian's mosquitto. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { skip } from '../helpers/skip';
import { bundleText, connecting, example, hasEspruino, withGateway } from './engine';
import { moduleText } from './modules';

const PROGRAMS = ['mosquitto', 'mosquitto_pub', 'mosquitto_sub'];

function missing(): string | null {
  for (const program of PROGRAMS) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], {
        env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
      });
    } catch {
      return `${program} is not installed (Debian: apt-get install mosquitto mosquitto-clients)`;
    }
  }
  return null;
}

class Broker {
  port = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), 'mosquitto-'));
  private readonly children: ChildProcess[] = [];
  /** What was published, as mosquitto_sub has it. */
  heard = '';

  private run(program: string, args: string[]): ChildProcess {
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.children.push(child);
    return child;
  }

  async start(): Promise<this> {
    const probe = net.createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    this.port = (probe.address() as AddressInfo).port;
    probe.close();
    await once(probe, 'close');
    const config = join(this.folder, 'conf');
    writeFileSync(config, `listener ${this.port} 127.0.0.1\nallow_anonymous true\n`);
    const broker = this.run('mosquitto', ['-c', config, '-v']);
    let log = '';
    const running = new Promise<void>((resolve) => {
      broker.stderr!.on('data', (data) => /running/.test((log += data)) && resolve());
    });
    await Promise.race([
      running,
      once(broker, 'exit').then(() => Promise.reject(new Error(`mosquitto ended: ${log}`))),
    ]);
    const subscriber = this.run('mosquitto_sub', [...this.address(), '-t', '#', '-v']);
    subscriber.stdout!.on('data', (data) => (this.heard += data));
    return this;
  }

  address(): string[] {
    return ['-h', '127.0.0.1', '-p', String(this.port)];
  }

  publish(topic: string, message: string): void {
    this.run('mosquitto_pub', [...this.address(), '-t', topic, '-m', message]);
  }

  async hears(text: string): Promise<void> {
    for (const endMs = performance.now() + 20000; !this.heard.includes(text);) {
      assert.ok(performance.now() < endMs, `${text} was not published: ${this.heard}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  stop(): void {
    this.children.forEach((child) => child.kill('SIGKILL'));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

for (const [name, message] of [
  ['MQTT', 'function (m) { heard(m.topic, m.message); }'],
  ['tinyMQTT', 'function (m) { heard(m.topic, m.message); }'],
]) {
  test(`${name} of espruino.com: connect, subscribe, a message each way`, async () => {
    if (!hasEspruino()) {
      return;
    }
    const why = missing();
    const text = why ? null : moduleText(name);
    if (!text) {
      if (why) {
        skip(why);
      }
      return;
    }
    const broker = await new Broker().start();
    const up = `
      var mqtt = require('${name}').create('gateway.micronic', { port: ${broker.port}, reconnect_interval: 500 });
      function heard(topic, text) {
        print('@message ' + topic + ' ' + text + ' ' + process.memory().usage);
        mqtt.publish('up/echo', text);
      }
      mqtt.on('connected', function () {
        setTimeout(function () {
          mqtt.subscribe('down/#');
          mqtt.publish('up/hello', 'from ${name}');
        }, 500);
      });
      mqtt.on('publish', ${message});
      mqtt.on('message', ${message});
      mqtt.connect();`;
    try {
      await withGateway(
        connecting(up),
        async (engine) => {
          await engine.says(/@up/);
          await broker.hears(`up/hello from ${name}`);
          broker.publish('down/one', `to ${name}`);
          const [, usage] = await engine.says(new RegExp(`@message down/one to ${name} (\\d+)`));
          await broker.hears(`up/echo to ${name}`);
          console.log(`${name}: ${usage} variables in use`);
          assert.not.match(engine.console, /Uncaught/);
        },
        {},
        { stored: { micronic: bundleText(), [name]: text } },
      );
    } finally {
      broker.stop();
    }
  });
}

test('examples/espruino/mqtt.js', async () => {
  if (!hasEspruino()) {
    return;
  }
  const why = missing();
  const text = why ? null : moduleText('MQTT');
  if (!text) {
    if (why) {
      skip(why);
    }
    return;
  }
  const broker = await new Broker().start();
  const program = example('mqtt.js', { "'test.mosquitto.org'": `'gateway.micronic', { port: ${broker.port} }` });
  try {
    await withGateway(
      program,
      async (engine) => {
        await broker.hears('micronic/up hello');
        broker.publish('micronic/down', 'news');
        await engine.says(/micronic\/down news/);
      },
      {},
      { stored: { micronic: bundleText(), MQTT: text } },
    );
  } finally {
    broker.stop();
  }
});

test.run();
