/** tun:NAME: the device, and `micronic connect` over it. */

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openLine } from '../../../scripts/lines/open';
import { LINUX, OURS, cleanUp, run, space, why } from '../../helpers/linux';
import { skip } from '../../helpers/skip';
import { cli } from '../cli/run';
import { rejection } from './streams';

const WITHOUT = why;

function onLinux(name: string, body: () => Promise<void>): void {
  test(name, async () => {
    if (WITHOUT) {
      skip(WITHOUT);
      return;
    }
    await body();
  });
}

const exists = (device: string): boolean => run('ip', '-n', space, 'link', 'show', device);

onLinux('a device is made and is gone with the line', async () => {
  const line = await openLine(`tun:${space}/made0`);
  assert.is(line.name, `tun:${space}/made0`);
  assert.ok(exists('made0'));
  const second = await rejection(openLine(`tun:${space}/made0`));
  assert.match(second.message, /busy; another program has the device/);
  await line.close();
  assert.not.ok(exists('made0'));
});

onLinux('no such namespace: one sentence', async () => {
  const { message } = await rejection(openLine('tun:nowhere-at-all/tun0'));
  assert.match(message, /^tun:nowhere-at-all\/tun0: .*nowhere-at-all/);
  assert.not.match(message, /\n/);
});

onLinux('micronic connect tun:NAME: addresses and ping', async () => {
  for (const command of [
    'tuntap add kept0 mode tun',
    `addr add ${LINUX} peer ${OURS} dev kept0`,
    'link set kept0 up',
  ]) {
    assert.ok(run('ip', '-n', space, ...command.split(' ')), command);
  }
  const { code, stdout, stderr } = await cli(
    ...['connect', `tun:${space}/kept0`, '--address', OURS, '--gateway', LINUX],
    ...['--ipconfig', '--ping', LINUX, '--hold', '0'],
  );
  assert.is(code, 0, stderr);
  assert.match(stdout, /address {2}10\.77\.0\.2\ngateway {2}10\.77\.0\.1\n/);
  assert.match(stdout, /ping 10\.77\.0\.1: 3 of 3 came back/);
  assert.ok(exists('kept0'), 'a device that was there before stays');
  assert.is(spawnSync('ip', ['-n', space, 'tuntap', 'del', 'kept0', 'mode', 'tun']).status, 0);
});

test('nothing is left', () => {
  if (WITHOUT) {
    skip(WITHOUT);
    return;
  }
  cleanUp();
});

test.run();
