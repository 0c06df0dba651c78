import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { skip } from '../../helpers/skip';
import { Cli, cli } from '../cli/run';

/** What is so on any machine, however busy: the phases in their order, every byte, and a goodput that is possible. */
function check(stdout: string): void {
  const phases = [...stdout.matchAll(/^ +\d+ ms {2}(\w+)$/gm)].map(([, phase]) => phase);
  assert.equal(
    phases.filter((phase) => phase !== 'authenticate'),
    ['establish', 'network', 'running', 'terminate', 'dead'],
  );
  assert.match(stdout, /^ipconfig: address \d/m);
  assert.match(stdout, /^ping \S+: 3 of 3/m);
  assert.match(stdout, /204800 of 204800 bytes/);
  assert.match(stdout, /204800 bytes in [\d.]+ s, byte for byte/);
  const [, goodput] = /goodput \d+ B\/s, ([\d.]+) of the 92160 B\/s/.exec(stdout) ?? [];
  assert.ok(Number(goodput) > 0 && Number(goodput) <= 1.01, `goodput ${goodput}`);
  const [, pcap] = /^Capture: (\S+)/m.exec(stdout) ?? [];
  assert.ok(existsSync(pcap));
  rmSync(dirname(pcap), { recursive: true });
}

test('the demo with our own gateway, by name', async () => {
  const { code, stdout, stderr } = await cli('demo', '--baud', '921600');
  assert.is(code, 0, stderr);
  assert.is(stderr, '');
  assert.match(stdout, /resolve gateway\.micronic: 192\.168\.64\.1/);
  check(stdout);
});

test('the demo with slirp', async () => {
  try {
    execFileSync('sh', ['-c', 'command -v slirp-fullbolt']);
  } catch {
    skip('slirp-fullbolt is not installed (Debian: apt install slirp)');
    return;
  }
  const { code, stdout, stderr } = await cli('demo', '--peer', 'slirp', '--baud', '921600');
  assert.is(code, 0, stderr);
  check(stdout);
});

test('without slirp: one sentence and exit code 2', async () => {
  const { code, stdout, stderr } = await new Cli(['demo', '--peer', 'slirp'], { PATH: '/nowhere' }).result();
  assert.is(code, 2);
  assert.is(stdout, '');
  assert.match(stderr, /^micronic: slirp-fullbolt is not installed: [^\n]+\n$/);
});

test.run();
