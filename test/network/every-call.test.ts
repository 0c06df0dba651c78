/**
 * Every call of MicroPython's pages, on every target: the table of docs/api.md says of each whether it works, by the
 * firmware or by our code, or why not, and is taken at its word; names, arities, constants and errors are walked as well.
 */

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  CONSTANTS,
  KINDS,
  MODULE_CALLS,
  MODULE_MISTAKES,
  NIC_CALLS,
  NIC_MISTAKES,
  type Kind,
  type World,
} from './every-call/calls';
import { parts } from '../../scripts/bundles.mjs';
import { WORLDS } from './every-call/worlds';

/** What becomes of it: nothing, or 'Name: text' of what is thrown. */
export function outcome(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return '';
}

/** Tries a row of the table on a target. */
export function attempt(on: string, call: string, world: World): string {
  if (on === 'network') {
    return outcome(() => MODULE_CALLS[call](world));
  }
  let nic;
  try {
    nic = world.nic(on as Kind);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return outcome(() => NIC_CALLS[call](nic));
}

const text = readFileSync('docs/api.md', 'utf8');
const section = text.slice(text.indexOf('## Every call, on every target'));
const cells = (line: string): string[] =>
  line
    .slice(1, line.lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
const lines = section.split('\n').filter((line) => line.startsWith('|'));
const [, , ...targets] = cells(lines[0]);
const rows = lines.slice(2).map((line) => {
  const [on, call, ...says] = cells(line);
  return { on, call: call.replace(/^`|`$/g, ''), says };
});

test('the table has every call, once, and every target', () => {
  assert.equal(targets, Object.keys(WORLDS));
  const wanted = [
    ...Object.keys(MODULE_CALLS).map((call) => `network ${call}`),
    ...KINDS.flatMap((kind) => Object.keys(NIC_CALLS).map((call) => `${kind} ${call}`)),
  ];
  assert.equal(rows.map(({ on, call }) => `${on} ${call}`).sort(), wanted.sort());
  for (const { on, call, says } of rows) {
    assert.is(says.length, targets.length, `${on} ${call}`);
    says.forEach((cell) => assert.match(cell, SAYS, `${on} ${call}`));
  }
});

/** The parts that go behind network.js: all but the one for http.js. */
const BEHIND = Object.keys(parts).filter((name) => name !== 'keepalive');

/** What is possible, may be only with a part; and why not. */
const SAYS = /^(?:(?:own|firmware)(?:, with parts\/(\w+)\.js)?|no: .+)$/;

targets.forEach((target, column) => {
  test(`${target}: what the table says of each call is so`, () => {
    const wrong: string[] = [];
    for (const { on, call, says } of rows) {
      const cell = says[column];
      const [, part] = SAYS.exec(cell)!;
      // What is not possible is so with every part, and what needs one fails without it.
      const loaded = part ? [part] : cell.startsWith('no') ? BEHIND : [];
      const result = attempt(on, call, WORLDS[target](loaded));
      if (part && attempt(on, call, WORLDS[target]()) === '') {
        wrong.push(`${on} ${call}: without parts/${part}.js too`);
      }
      // Not possible is never an accident: an error of Python's, never one of the engine's own.
      const isNo =
        cell === 'no: no such call'
          ? / is not a function$/.test(result)
          : /^(OSError: \[Errno (95|19)\]|ValueError: |TypeError: unexpected)/.test(result);
      if (cell.startsWith('no') ? !isNo : result !== '') {
        wrong.push(`${on} ${call}: the table says '${cell}', and it is '${result || 'done'}'`);
      }
    }
    assert.equal(wrong, []);
  });
});

for (const [target, world] of Object.entries(WORLDS)) {
  test(`${target}: constants, by MicroPython's names and numbers`, () => {
    const { net } = world();
    for (const [where, constants] of Object.entries(CONSTANTS)) {
      const holder = (where === 'network' ? net : net[where]) as Record<string, unknown>;
      for (const [name, value] of Object.entries(constants)) {
        assert.is(holder[name], value, `${where}.${name}`);
      }
    }
  });

  test(`${target}: mistakes get MicroPython's errors, on the module and on every interface that there is`, () => {
    const { net } = world();
    for (const [call, run, error] of MODULE_MISTAKES) {
      assert.is(
        outcome(() => run(net)),
        error,
        call,
      );
    }
    let interfaces = 0;
    for (const kind of KINDS) {
      let nic;
      try {
        nic = world().nic(kind);
      } catch {
        continue;
      }
      interfaces++;
      for (const [call, run, error] of NIC_MISTAKES) {
        assert.match(
          outcome(() => run(nic)),
          error,
          `${kind}.${call}`,
        );
      }
    }
    assert.ok(interfaces >= 1);
  });
}

test.run();
