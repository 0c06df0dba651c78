/** What boards may ask of the gateway beyond the basics: each only when it is switched on here. */

import { Duplex } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Network } from '../../../board-targets/node';
import type { NetworkError } from '../../../modules/network/errors';
import { until } from '../lines/streams';
import { GATEWAY, Rig, within } from './rig';

for (const offered of [true, false]) {
  test(`VJ compression, ${offered ? 'given' : 'rejected'}: echoes and a connection`, async () => {
    const rig = new Rig({ gateway: { vj: offered } });
    rig.ppp.config({ vj: 1 });
    assert.is(rig.ppp.config('vj'), 1);
    assert.is(await within(rig.connect()), null);
    assert.is(rig.ppp._link._sendIp === rig.ppp._link._send, !offered);
    assert.type(await rig.network.ping(GATEWAY), 'number');
    const refused = await within(
      new Promise<Error>((resolve) => rig.network.connect(1, GATEWAY).on('error', resolve).on('connect', resolve)),
    );
    assert.match(String(refused), /ECONNREFUSED/);
    await rig.close();
  });

  test(`IPV6CP, ${offered ? 'agreed on' : 'rejected'}: IPv4 does not mind`, async () => {
    const rig = new Rig({ gateway: { ipv6: offered } });
    const ip6 = rig.ppp._ipv6!;
    const up = new Promise<void>((resolve) => (ip6._changed = resolve));
    rig.ppp.config({ ipv6: 1 });
    assert.is(await within(rig.connect()), null);
    if (offered) {
      await within(up);
      assert.ok(ip6._up && (ip6._peerHigh || ip6._peerLow));
    }
    assert.type(await rig.network.ping(GATEWAY), 'number');
    assert.is(ip6._up, offered);
    await rig.close();
  });
}

test('neither is asked for unless config() says so, and config() can say so no more', async () => {
  const seen = new Set<number>();
  const rig = new Rig({ gateway: { vj: true, ipv6: true, trace: (_sent, protocol) => void seen.add(protocol) } });
  for (const wanted of [0, 1, 0]) {
    seen.clear();
    rig.ppp.config({ vj: wanted, ipv6: wanted });
    assert.is(await within(rig.connect()), null);
    assert.type(await rig.network.ping(GATEWAY), 'number');
    assert.is(rig.ppp._link._sendIp !== rig.ppp._link._send, !!wanted);
    await until(() => rig.ppp._ipv6!._up === !!wanted);
    assert.is(seen.has(0x8057), !!wanted);
    await rig.disconnect();
  }
  await rig.close();
});

test('config({timeout}): a line with nobody on it is given up in time, with the reason', async () => {
  const alive = setInterval(() => {}, 1000); // The stack's own timer keeps no program running.
  const mute = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  const ppp = new Network().ppp(mute);
  ppp.config({ timeout: 400 });
  const error = await within(new Promise<NetworkError | null>((resolve) => ppp.connect(resolve)));
  assert.is(error?.reason, 'no-answer');
  assert.is(error?.phase, 'establish');
  assert.is(ppp.config('timeout'), 400);
  assert.throws(() => ppp.config({ timeout: -1 }), /invalid timeout/);
  assert.throws(() => ppp.config({ vj: true as unknown as number }), /invalid vj/);
  clearInterval(alive);
});

test.run();
