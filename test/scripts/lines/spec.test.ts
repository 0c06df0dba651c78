import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LineError, openLine } from '../../../scripts/lines/open';
import { formatHostPort, parseLineSpec } from '../../../scripts/lines/spec';
import { rejection } from './streams';

test('every kind of line', () => {
  assert.equal(parseLineSpec('tcp:example.com:4000'), { kind: 'tcp', host: 'example.com', port: 4000 });
  assert.equal(parseLineSpec('tcp:[::1]:4000'), { kind: 'tcp', host: '::1', port: 4000 });
  assert.equal(parseLineSpec('tcp:[fe80::1%eth0]:1'), { kind: 'tcp', host: 'fe80::1%eth0', port: 1 });
  assert.equal(parseLineSpec('tcp-listen:0'), { kind: 'tcp-listen', host: '127.0.0.1', port: 0 });
  assert.equal(parseLineSpec('tcp-listen:0.0.0.0:65535'), { kind: 'tcp-listen', host: '0.0.0.0', port: 65535 });
  assert.equal(parseLineSpec('tcp-listen:[::]:5'), { kind: 'tcp-listen', host: '::', port: 5 });
  assert.equal(parseLineSpec('unix:/tmp/a:b'), { kind: 'unix', path: '/tmp/a:b' });
  assert.equal(parseLineSpec('unix-listen:sock'), { kind: 'unix-listen', path: 'sock' });
  assert.equal(parseLineSpec('exec:echo a:b | cat'), { kind: 'exec', command: 'echo a:b | cat' });
  assert.equal(parseLineSpec('exec-pty:pppd'), { kind: 'exec-pty', command: 'pppd' });
  assert.equal(parseLineSpec('pty'), { kind: 'pty' });
  assert.equal(parseLineSpec('tun:mcr0'), { kind: 'tun', device: 'mcr0' });
  assert.equal(parseLineSpec('tun:space-1/tun.0'), { kind: 'tun', device: 'tun.0', namespace: 'space-1' });
  for (const path of ['/dev/ttyUSB0', './line', '../line', 'COM3', 'com12', '\\\\.\\COM12']) {
    assert.equal(parseLineSpec(path), { kind: 'serial', path });
  }
});

test('what is no line is refused with a sentence that helps', () => {
  const wrong: [string, RegExp][] = [
    ['', /is no line: say tcp:HOST:PORT/],
    ['ttyUSB0', /is no line: .* \/dev\/ttyUSB0 or COM3$/],
    ['udp:host:1', /is no line/],
    ['pty:', /is no line/],
    ['tcp:host', /is not tcp:HOST:PORT/],
    ['tcp:4000', /is not tcp:HOST:PORT/],
    ['tcp:host:0', /is not tcp:HOST:PORT/],
    ['tcp:host:65536', /a port up to 65535/],
    ['tcp:host:12x', /is not tcp:HOST:PORT/],
    ['tcp:::1:4000', /brackets/],
    ['tcp:[::1]4000', /brackets/],
    ['tcp-listen:', /is not tcp-listen:PORT/],
    ['tcp-listen:70000', /is not tcp-listen:PORT/],
    ['unix:', /lacks the path.* unix:PATH/],
    ['unix-listen:', /lacks the path.* unix-listen:PATH/],
    ['exec:', /lacks a command.* exec:COMMAND/],
    ['exec-pty:  ', /lacks a command.* exec-pty:COMMAND/],
    ['tun:', /is not tun:NAME/],
    ['tun:a name', /is not tun:NAME/],
    ['tun:a/b/c', /is not tun:NAME/],
    ['tun:0123456789abcdef', /1 to 15 characters/],
  ];
  for (const [spec, message] of wrong) {
    assert.throws(
      () => parseLineSpec(spec),
      (error: Error) => error instanceof LineError && message.test(error.message) && !error.message.includes('\n'),
      spec,
    );
  }
});

test('openLine rejects a wrong spec and wrong numbers before it opens anything', async () => {
  assert.instance(await rejection(openLine('nonsense')), LineError);
  assert.match((await rejection(openLine('pty', { baud: 0 }))).message, 'baud must be a number above 0, not 0');
  assert.match((await rejection(openLine('exec:cat', { pace: NaN }))).message, 'pace must be a number above 0');
});

test('an option found wrong later leaves nothing open', async () => {
  const error = await rejection(openLine('exec:cat', { corrupt: { every: 0.5 } }));
  assert.instance(error, LineError);
  assert.match(error.message, 'every must be a number of bytes from 1 up');
});

test('an address and its port', () => {
  assert.is(formatHostPort('127.0.0.1', 80), '127.0.0.1:80');
  assert.is(formatHostPort('::1', 80), '[::1]:80');
});

test.run();
