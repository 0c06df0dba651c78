import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PcapWriter } from '../../../scripts/lines/pcap';
import { skip } from '../../helpers/skip';

const folder = mkdtempSync(join(tmpdir(), 'pcap-'));
const path = join(folder, 'test.pcap');
test.after(() => rmSync(folder, { recursive: true }));

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** LCP Configure-Request, identifier 1: MRU 1500, Magic-Number 0x12345678 (RFC 1661 §6). */
const CONFIGURE_REQUEST = hex('ff03 c021 01 01 000e 0104 05dc 0506 12345678');

/** IPv4 10.0.0.1 to 10.0.0.2, ICMP echo request, identifier 0x1234, sequence 1; the protocol field compressed. */
const PING = hex('21 4500001c 00010000 400166de 0a000001 0a000002 0800e5ca 12340001');

test('the file, byte for byte', async () => {
  const pcap = new PcapWriter(path);
  pcap.frame(true, CONFIGURE_REQUEST, 1_700_000_000_123.456);
  pcap.frame(false, PING, 1_700_000_000_999.9998);
  await pcap.close();
  await pcap.close();
  pcap.frame(true, PING);
  assert.equal(
    readFileSync(path),
    Buffer.concat([
      hex('d4c3b2a1 0200 0400 00000000 00000000 00000400 cc000000'),
      hex('00f15365 40e20100 13000000 13000000 01'),
      CONFIGURE_REQUEST,
      hex('01f15365 00000000 1e000000 1e000000 00'), // rounded up into the next second
      PING,
    ]),
  );
});

test('by default a frame is from now', async () => {
  const before = Date.now();
  const pcap = new PcapWriter(path);
  pcap.frame(true, PING);
  await pcap.close();
  const file = readFileSync(path);
  const atMs = file.readUInt32LE(24) * 1000 + file.readUInt32LE(28) / 1000;
  assert.ok(Math.abs(atMs - before) < 5000, `${atMs} is not near ${before}`);
});

test('a frame is in the file at once', async () => {
  const pcap = new PcapWriter(path);
  pcap.frame(false, PING);
  assert.is(readFileSync(path).length, 24 + 17 + PING.length);
  await pcap.close();
});

test('a file that cannot be written is an error at once', () => {
  assert.throws(() => new PcapWriter(join(folder, 'absent', 'x.pcap')), /ENOENT/);
});

test('Wireshark reads it', async () => {
  if (spawnSync('tshark', ['--version']).error) return skip('tshark is not installed');
  const pcap = new PcapWriter(path);
  pcap.frame(true, CONFIGURE_REQUEST);
  pcap.frame(false, PING);
  await pcap.close();
  const { stdout, stderr } = spawnSync('tshark', ['-r', path, '-V'], { encoding: 'utf8' });
  const packets = stdout.split(/^Frame 2:/m);
  assert.is(packets.length, 2, stderr);
  for (const text of [
    'Direction: Sent',
    'Protocol: Link Control Protocol (0xc021)',
    'Code: Configuration Request (1)',
    'Maximum Receive Unit: 1500',
    'Magic Number: 0x12345678',
  ]) {
    assert.match(packets[0], text);
  }
  for (const text of [
    'Direction: Received',
    'Protocol: Internet Protocol version 4 (0x0021)',
    'Source Address: 10.0.0.1',
    'Destination Address: 10.0.0.2',
    'Type: 8 (Echo (ping) request)',
    'Checksum: 0xe5ca [correct]',
  ]) {
    assert.match(packets[1], text);
  }
  assert.not.match(stdout, /Malformed/);
});

test.run();
