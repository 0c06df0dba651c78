/** What boards may ask of the gateway beyond the basics: each only when it is switched on here. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { useIpv6cp } from '../../../modules/ppp/ipv6cp';
import { useVj } from '../../../modules/ppp/vj';
import { GATEWAY, Rig, within } from './rig';

for (const offered of [true, false]) {
  test(`VJ compression, ${offered ? 'given' : 'rejected'}: echoes and a connection`, async () => {
    const rig = new Rig({ gateway: { vj: offered } });
    const vj = useVj(rig.ppp._link);
    assert.is(await within(rig.connect()), null);
    assert.is(!!vj._sender, offered);
    assert.is(!!vj._receiver, offered);
    assert.type(await rig.network.ping(GATEWAY), 'number');
    const refused = await within(
      new Promise<Error>((resolve) => rig.network.connect(1, GATEWAY).on('error', resolve).on('connect', resolve)),
    );
    assert.match(String(refused), /ECONNREFUSED/);
    await rig.close();
  });

  test(`IPV6CP, ${offered ? 'agreed on' : 'rejected'}: IPv4 does not mind`, async () => {
    const rig = new Rig({ gateway: { ipv6: offered } });
    const ip6 = useIpv6cp(rig.ppp._link);
    const up = new Promise<void>((resolve) => (ip6._changed = resolve));
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

test.run();
