/** IPv6 on Ethernet, by RFC 2464's own examples; MLD's messages by RFC 3810 §5. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { groupMac, putIdentifier } from '../../modules/wire/ethernet6';
import { mldDelayMs, putAlert, putMld1, putRecord, putReport } from '../../modules/wire/mld';
import { hex, toHex } from '../helpers/bytes';
import { bytes6 } from '../helpers/packets6';

test('an identifier is the MAC address with fffe in the middle, and its global bit turned round', () => {
  const buf = new Uint8Array(12).fill(0xa5);
  // RFC 2464 §4.
  putIdentifier(buf, 2, hex('34 56 78 9a bc de'));
  assert.is(toHex(buf, 0, 12), 'a5a5365678fffe9abcdea5a5');
  putIdentifier(buf, 2, hex('02 00 00 00 55 00'));
  assert.is(toHex(buf, 2, 10), '000000fffe005500');
});

test('a group’s MAC address is 33:33 and its last four octets', () => {
  for (const [group, mac] of [
    ['ff02::1', '333300000001'],
    ['ff02::1:ff28:9c5a', '3333ff289c5a'],
    ['ff02::1:ff00:42', '3333ff000042'],
    ['ff3e:30:2001:db8::abcd:ef01', '3333abcdef01'],
  ]) {
    const bytes = groupMac(group);
    assert.is(toHex(bytes, 0, bytes.length), mac, group);
  }
});

test('a report of version 2 behind its router alert; a message of version 1', () => {
  const buf = new Uint8Array(70).fill(0xa5);
  const message = putAlert(buf, 3);
  let end = putReport(buf, message, 2);
  end = putRecord(buf, end, 4, 'ff02::1:ff00:42');
  end = putRecord(buf, end, 2, 'ff02::fb');
  assert.is(
    toHex(buf, 3, end),
    '3a00050200000100' +
      'a5a5a5a500000002' +
      `04000000${bytes6('ff02::1:ff00:42').toString('hex')}` +
      `02000000${bytes6('ff02::fb').toString('hex')}`,
  );
  assert.equal([buf[2], buf[end]], [0xa5, 0xa5]);
  buf.fill(0xa5);
  end = putMld1(buf, 3, 'ff02::fb');
  assert.is(toHex(buf, 3, end), `a5a5a5a500000000${bytes6('ff02::fb').toString('hex')}`);
  assert.is(buf[end], 0xa5);
});

test('the time for an answer: a number, or one with an exponent (RFC 3810 §5.1.3)', () => {
  for (const [code, ms] of [
    ['0000', 0],
    ['2710', 10000],
    ['7fff', 32767],
    ['8000', 32768],
    ['8fff', 65528],
    ['ffff', 8387584],
  ] as const) {
    assert.is(mldDelayMs(hex(`82000000${code}0000`), 0, false), ms, code);
  }
  assert.is(mldDelayMs(hex('82000000ffff0000'), 0, true), 65535);
});

test.run();
