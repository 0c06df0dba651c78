import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { md5 as md5In, md5Room } from '../../modules/wire/md5';
import { ascii, concat, toHex } from '../helpers/bytes';
import { random } from '../helpers/random';

function md5(message: Uint8Array): Uint8Array {
  const room = md5Room(message.length);
  room.set(message);
  return md5In(room, message.length);
}

const VECTORS = {
  '': 'd41d8cd98f00b204e9800998ecf8427e',
  a: '0cc175b9c0f1b6a831c399e269772661',
  abc: '900150983cd24fb0d6963f7d28e17f72',
  'message digest': 'f96b697d7cb7938d525a2f31aaf161d0',
  abcdefghijklmnopqrstuvwxyz: 'c3fcd3d76192e4007dfb496cca67e13b',
  ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789: 'd174ab98d277d9f5a5611c2c9f419d9f',
  '12345678901234567890123456789012345678901234567890123456789012345678901234567890':
    '57edf4a22be3c955ac49da2e2107b67a',
};

for (const [text, digest] of Object.entries(VECTORS)) {
  test(`RFC 1321 A.5: "${text}"`, () => assert.is(toHex(md5(ascii(text))), digest));
}

const crypto = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

test('every length around the block borders, as node:crypto has it', () => {
  const { bytes } = random(7);
  for (let length = 0; length <= 200; length++) {
    const message = bytes(length);
    const before = toHex(message);
    assert.is(toHex(md5(message)), crypto(message), String(length));
    assert.is(toHex(message), before, 'the message is left alone');
  }
});

test('a view into a larger buffer is hashed, not the buffer', () => {
  const all = random(8).bytes(300);
  const view = all.subarray(13, 170);
  assert.is(toHex(md5(view)), crypto(view.slice()));
});

test('RFC 1994 §4.1: identifier, secret, challenge', () => {
  const challenge = random(9).bytes(16);
  const message = concat([0x2a], ascii('secret'), challenge);
  assert.is(toHex(md5(message)), crypto(message));
});

test.run();
