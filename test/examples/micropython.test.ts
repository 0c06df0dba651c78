/** The examples of docs/micropython.md and examples/kaluma/wlan.js, as they are, print what they say. */

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { radio } from '../helpers/fake-cyw43';
import { SimServer, SimStream } from '../helpers/host';
import { kaluma } from '../network/every-call/worlds';

const AIR = [
  { ssid: 'my-network', bssid: '02:11:22:33:44:55', security: 'WPA2_PSK', rssi: -50, channel: 6, key: 'my-password' },
  { ssid: 'another', bssid: '02:11:22:33:44:66', security: 'OPEN', rssi: -70, channel: 11 },
];

const text = (word: unknown): string => (typeof word === 'string' ? word : JSON.stringify(word));

/** What a program prints within a minute, and `more` after that. */
function printedBy(program: string, modules: Record<string, unknown> = {}): { lines: string[]; more: () => string[] } {
  const world = kaluma(true);
  const { clock } = world;
  const lines: string[] = [];
  const uart = new SimStream();
  radio.air = AIR;
  new SimServer(clock, uart, {
    give: '10.0.0.2',
    ...(program.includes('SEC_PAP') ? { auth: 'pap' as const, users: { me: 'right' } } : {}),
  });
  const globals: Record<string, unknown> = {
    uart,
    spi: world.spi(),
    console: { log: (...words: unknown[]) => void lines.push(words.map(text).join(' ')) },
    require: (name: string) => (name === 'network' ? world.net : modules[name]),
  };
  new Function(...Object.keys(globals), `'use strict';${program}`)(...Object.values(globals));
  clock.runTo(clock.nowMs + 60000);
  return {
    lines,
    more: () => {
      lines.length = 0;
      radio.lose();
      clock.runTo(clock.nowMs + 60000);
      return lines;
    },
  };
}

const page = readFileSync('docs/micropython.md', 'utf8');
const examples = [...page.matchAll(/```js\n([^]*?)```\n\n```text\n([^]*?)```/g)];

test('there are examples', () => {
  assert.is(examples.length, 8);
  assert.is(examples.length, [...page.matchAll(/```js/g)].length, 'each with its output');
});

examples.forEach(([, program, output], i) => {
  test(`example ${i + 1} prints what it says`, () => {
    assert.equal(printedBy(program).lines, output.trimEnd().split('\n'));
  });
});

test('examples/kaluma/wlan.js: a page, and the network again after it was lost', () => {
  const asked: unknown[] = [];
  const http = {
    get: (options: unknown, done: (response: { statusCode: number }) => void) => {
      asked.push(options);
      done({ statusCode: 200 });
    },
  };
  const { lines, more } = printedBy(readFileSync('examples/kaluma/wlan.js', 'utf8'), { http });
  assert.equal(lines, ['link up 192.168.1.23', '200']);
  assert.equal(asked, [{ host: 'example.com', path: '/' }]);
  assert.equal(more(), ['gone: lost']);
  assert.ok(radio.joined, 'and it is back');
});

test.run();
