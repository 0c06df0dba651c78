import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cli } from './run';

const LINE = 'unix:/nowhere/at/all';

/** Wrong usage: exit code 2 and one sentence. */
const WRONG: [string[], RegExp][] = [
  [[], /say what to do/],
  [['dial', LINE], /'dial' is no command/],
  [['connect'], /missing required argument 'LINE'/],
  [['gateway'], /missing required argument 'LINE'/],
  [['connect', 'carrier-pigeon'], /'carrier-pigeon' is no line: say tcp:HOST:PORT/],
  [['connect', 'tcp:localhost'], /'tcp:localhost' is not tcp:HOST:PORT/],
  [['gateway', 'tcp-listen:99999'], /port up to 65535/],
  [['connect', 'exec:'], /lacks a command/],
  [['connect', LINE], /no such file; check the path/],
  [['connect', '/dev/no-such-tty'], /no such device; check the path/],
  [['connect', LINE, 'more'], /too many arguments/],
  [['connect', LINE, '--speed', '3'], /unknown option '--speed'/],
  [['connect', LINE, '--baud', 'fast'], /'fast' is not a speed/],
  [['connect', LINE, '--pace', '0'], /'0' is not a speed/],
  [['connect', LINE, '--hold', '-1'], /'-1' is not a number of seconds/],
  [['connect', LINE, '--get', 'example.com'], /'example.com' is no URL/],
  [['connect', LINE, '--get', 'https://example.com/'], /not supported yet/],
  [['connect', LINE, '--get', 'ftp://example.com/'], /only http: ones/],
  [['connect', LINE, '--output', 'file'], /--output goes with --get/],
  [['connect', LINE, '--get', 'http://a/', '--output', '-', '--json'], /both want the standard output/],
  [['connect', LINE, '--auth', 'eap'], /Allowed choices are pap, chap, mschapv2, none/],
  [['connect', LINE, '--auth', 'pap'], /--auth pap goes with --user and --key/],
  [['connect', LINE, '--auth', 'none', '--secret', 'a:b'], /--auth none goes without/],
  [['connect', LINE, '--user', 'me'], /--user goes with --key/],
  [['connect', LINE, '--secret', 'me'], /--secret is USER:KEY/],
  [['connect', LINE, '--pcap', '/nowhere/at/all'], /--pcap .*no such file/],
  [['gateway', LINE, '--address', '1.2.3'], /'1.2.3'/],
  [['gateway', LINE, '--user', 'a', '--key', 'b'], /go with --auth/],
  [['connect', 'tun:a'], /say --address and --gateway/],
  [['connect', 'tun:a', '--address', '10.0.0'], /'10.0.0' is no IPv4 address/],
  [['connect', 'tun:a', '--auth', 'pap', '--secret', 'a:b'], /nobody authenticates on tun:a/],
  [['connect', LINE, '--address', '10.0.0.1'], /go with tun:NAME/],
  [['gateway', 'tun:a'], /carries no PPP/],
  [['demo', '--peer', 'pppd'], /Allowed choices are gateway, slirp/],
];

/** Each is a process: a few at a time. */
async function inGroups<T>(items: T[], size: number, work: (item: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < items.length; i += size) {
    await Promise.all(items.slice(i, i + size).map(work));
  }
}

test('wrong usage is one sentence on standard error and exit code 2', () =>
  inGroups(WRONG, 4, async ([args, sentence]) => {
    const { code, stdout, stderr } = await cli(...args);
    const where = `micronic ${args.join(' ')}: ${stderr}`;
    assert.is(code, 2, where);
    assert.is(stdout, '', where);
    assert.match(stderr, /^micronic: [^\n]+\n$/, where);
    assert.match(stderr, sentence, where);
  }));

test('help names every form of LINE and the exit codes', async () => {
  for (const args of [['--help'], ['connect', '--help'], ['gateway', '-h']]) {
    const { code, stdout, stderr } = await cli(...args);
    assert.is(code, 0);
    assert.is(stderr, '');
    for (const form of [
      'tcp:',
      'tcp-listen:',
      'unix:',
      'unix-listen:',
      'exec:',
      'exec-pty:',
      'pty',
      'tun:',
      '/dev/ttyUSB0',
    ]) {
      assert.ok(stdout.includes(form), form);
    }
    assert.match(stdout, /Exit codes: 0/);
  }
  assert.match((await cli('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('a line that fails is exit code 1, and what to do', async () => {
  const refused = await cli('connect', 'tcp:127.0.0.1:1');
  assert.is(refused.code, 1);
  assert.match(refused.stderr, /^micronic: tcp:127.0.0.1:1: connection refused; start the other end first\n$/);

  const ended = await cli('connect', 'exec:true');
  assert.is(ended.code, 1);
  assert.match(ended.stderr, /\nmicronic: exec:true: the line has ended in phase establish; [^\n]+\n$/);
});

test('a line that sends back what it gets', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'micronic-cli-'));
  writeFileSync(join(folder, 'mirror.js'), 'process.stdin.pipe(process.stdout)');
  const { code, stdout, stderr } = await cli('connect', `exec:${process.execPath} ${folder}/mirror.js`, '--json');
  rmSync(folder, { recursive: true });
  assert.is(code, 1);
  assert.match(stderr, /failed in phase establish \(command-mode\): [^\n]+\n$/);
  const report = JSON.parse(stdout);
  assert.is(report.ok, false);
  assert.is(report.reason, 'command-mode');
  assert.is(report.phase, 'establish');
  assert.match(report.error, /sends back/);
});

test.run();
