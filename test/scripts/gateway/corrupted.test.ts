import { createHash, randomBytes } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { corrupted } from '../../../scripts/lines/corrupt';
import { fetchBody, GATEWAY, readAll, Rig, serveHttp, serveTcp, within } from './rig';

/** One frame in four is damaged at 1500 octets, one in ten at 576. */
for (const [seed, mtu] of [
  [1, 1500],
  [2, 576],
  [3, 576],
]) {
  test(`a line that damages 1 byte in 5,000, seed ${seed}, MTU ${mtu}: 200 KB each way at once, byte for byte`, async () => {
    const bounds = { _mtu: mtu, _mru: mtu };
    const rig = new Rig({ bounds, wrap: (stream) => corrupted(stream, { every: 5000, seed }) });
    assert.is(await within(rig.connect()), null);

    const pages = await serveHttp();
    const upload = randomBytes(200 * 1024);
    const taker = await serveTcp((socket) => {
      void readAll(socket).then((bytes) => socket.end(createHash('sha256').update(bytes).digest('hex')));
    });
    const sender = rig.network.connect(taker.port, GATEWAY);
    const echoed = readAll(sender);
    sender.end(upload);
    const [page, hash] = await within(Promise.all([fetchBody(rig.network, GATEWAY, pages.port), echoed]), 90000);
    assert.ok(page.equals(pages.page), 'down');
    assert.is(hash.toString(), createHash('sha256').update(upload).digest('hex'), 'up');

    const { badFcs, tcpRetransmits } = rig.ppp.status('stats') as Record<string, number>;
    assert.ok(badFcs > 10 && tcpRetransmits > 10, `${badFcs} bad frames, ${tcpRetransmits} segments sent again`);
    pages.close();
    await taker.close();
    await rig.close();
  });
}

test.run();
