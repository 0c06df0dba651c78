import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PPP } from '../../../board-targets/node';
import { Gateway } from '../../../scripts/gateway/gateway';
import { until } from '../lines/streams';
import { type Credentials, GATEWAY, Rig, within } from './rig';

const GOOD = { user: 'bødil', key: 'sesam' };

interface Case {
  demanded: 'none' | 'pap' | 'chap' | 'mschapv2';
  given: Credentials;
  /** '' when the link is to come up. */
  reason: string;
}

const CASES: Case[] = [];
for (const demanded of ['pap', 'chap', 'mschapv2'] as const) {
  for (const security of [PPP.SEC_NONE, PPP.SEC_PAP, PPP.SEC_CHAP, PPP.SEC_MSCHAP2]) {
    CASES.push({ demanded, given: { security, ...GOOD }, reason: '' });
    CASES.push({ demanded, given: { security, ...GOOD, key: 'Sesam' }, reason: 'auth-failed' });
  }
  CASES.push({ demanded, given: { ...GOOD, user: 'bodil' }, reason: 'auth-failed' });
  CASES.push({ demanded, given: {}, reason: 'auth-failed' });
}
CASES.push({ demanded: 'none', given: { security: PPP.SEC_CHAP, ...GOOD }, reason: '' });

for (const { demanded, given, reason } of CASES) {
  const { security = 0, user = 'nobody', key = '' } = given;
  test(`${demanded} demanded, security ${security} with ${user}/${key}: ${reason || 'up'}`, async () => {
    const rig = new Rig({ gateway: demanded === 'none' ? {} : { auth: demanded, ...GOOD } });
    let user = '';
    rig.gateway.on('up', (up) => (user = up.user));
    const error = await within(rig.connect(given));
    assert.is(error?.reason ?? '', reason);
    if (reason) {
      assert.is(error?.phase, 'authenticate');
      await until(() => rig.downs.length === 1);
      assert.is(rig.downs[0].reason, 'auth-failed');
      assert.is(rig.downs[0].wasUp, false);
    } else {
      assert.type(await rig.network.ping(GATEWAY), 'number');
      assert.is(user, demanded === 'none' ? '' : GOOD.user);
    }
    await rig.close();
  });
}

test('link after link on the same line, good and bad', async () => {
  const rig = new Rig({ gateway: { auth: 'chap', ...GOOD } });
  for (let i = 0; i < 12; i++) {
    const isGood = i % 3 !== 1;
    const error = await within(rig.connect({ ...GOOD, key: isGood ? GOOD.key : 'wrong' }));
    assert.is(error?.reason, isGood ? undefined : 'auth-failed', `attempt ${i}`);
    if (isGood) {
      assert.type(await rig.network.ping(GATEWAY), 'number');
      await rig.disconnect();
    }
    await until(() => rig.downs.length === i + 1);
    const { wasUp, receivedBytes, sentBytes } = rig.downs[i];
    assert.is(wasUp, isGood);
    assert.ok(receivedBytes > 30 && receivedBytes < 1000 && sentBytes > 30 && sentBytes < 1000);
  }
  await rig.close();
});

test('the gateway ends the link: the board hears that it was terminated', async () => {
  const rig = new Rig();
  assert.is(await within(rig.connect()), null);
  const ended = new Promise<string>((resolve) => {
    rig.ppp.on('error', (error) => resolve((error as unknown as { reason: string }).reason));
  });
  rig.gateway.stop();
  assert.is(await within(ended), 'terminated');
  await until(() => rig.downs.length === 1);
  assert.is(rig.downs[0].reason, 'user');
  await rig.close();
});

test('addresses and name server as asked for', async () => {
  const rig = new Rig({ gateway: { address: '10.9.8.1', peerAddress: '10.9.8.77', dns: '9.9.9.9' } });
  assert.is(await within(rig.connect()), null);
  assert.equal(rig.ppp.ipconfig('addr4'), ['10.9.8.77', '255.255.255.255']);
  assert.is(rig.ppp.ipconfig('gw4'), '10.9.8.1');
  assert.is(rig.network.ipconfig('dns'), '9.9.9.9');
  assert.type(await rig.network.ping('10.9.8.1'), 'number');
  await rig.close();
});

test('options that make no sense throw a sentence', () => {
  const make = (options: ConstructorParameters<typeof Gateway>[0]) => () => new Gateway(options);
  for (const options of [
    { address: '10.0.0' },
    { address: '127.0.0.1' },
    { peerAddress: '224.0.0.1' },
    { dns: 'none' },
    { address: '10.0.0.1', peerAddress: '10.0.0.1' },
    { auth: 'pap' as const },
    { auth: 'chap' as const, user: 'a' },
    { user: 'a', key: 'b' },
  ]) {
    assert.throws(make(options), (error: Error) => error instanceof RangeError, JSON.stringify(options));
  }
});

test.run();
