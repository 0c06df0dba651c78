import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hideSecret, openCapture } from '../../../scripts/cli/capture';
import { packetOf } from '../../helpers/ppp';

test('the password of PAP never gets into a capture, and the packet itself stays as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'micronic-'));
  try {
    const path = join(folder, 'call.pcap');
    const capture = openCapture(path, (text) => assert.unreachable(text));
    const { protocol, body } = packetOf('pap req 1 me:sesame');
    const before = body.slice();
    capture.trace(true, protocol, body);
    await capture.close();
    assert.equal(body, before);
    const text = readFileSync(path).toString('latin1');
    assert.not.ok(text.includes('sesame'));
    assert.ok(text.includes('\x02me\x06******'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('nor does what a peer sends back of it', () => {
  const request = packetOf('pap req 1 me:sesame').body;
  const hex = Buffer.from(request).toString('hex');
  for (const packet of [`lcp protrej 3 c023${hex}`]) {
    const { protocol, body } = packetOf(packet);
    hideSecret(protocol, body);
    assert.not.ok(Buffer.from(body).toString('latin1').includes('sesame'), packet);
  }
});

test('whatever else is in a capture is what was on the line', () => {
  for (const packet of ['pap ack 1', 'chap challenge 1 0011:x', 'ip 4500']) {
    const { protocol, body } = packetOf(packet);
    const before = body.slice();
    hideSecret(protocol, body);
    assert.equal(body, before, packet);
  }
  for (const length of [0, 1, 4, 5, 6, 7]) {
    hideSecret(0xc023, packetOf('pap req 1 me:sesame').body.slice(0, length));
  }
});

test.run();
