/** MD4, DES, SHA-1 and MSCHAPv2 against the vectors of their RFCs and against OpenSSL. */

import { createCipheriv, createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { desEncrypt } from '../../modules/wire/des';
import { md4 as md4In } from '../../modules/wire/md4';
import { md5Room } from '../../modules/wire/md5';
import { authenticatorProof, ntResponse, provesItself } from '../../modules/wire/mschap';
import { sha1 } from '../../modules/wire/sha1';
import { ascii, concat, hex, toHex } from '../helpers/bytes';
import { random } from '../helpers/random';

function md4(message: Uint8Array): Uint8Array {
  const room = md5Room(message.length);
  room.set(message);
  return md4In(room, message.length);
}

for (const [text, digest] of Object.entries({
  '': '31d6cfe0d16ae931b73c59d7e0c089c0',
  a: 'bde52cb31de33e46245e05fbdbd6fb24',
  abc: 'a448017aaf21d8525fc10ae87aa6729d',
  'message digest': 'd9130a8164549fe818874806e1c7014b',
  abcdefghijklmnopqrstuvwxyz: 'd79e1c308aa5bbcdeea8ed63df412da9',
  ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789: '043f8582f241db351ce627e153e7f0e4',
  '12345678901234567890123456789012345678901234567890123456789012345678901234567890':
    'e33b4ddc9c38f2199c3e7b164fcc0536',
})) {
  test(`RFC 1320 A.5: MD4 of "${text}"`, () => assert.is(toHex(md4(ascii(text))), digest));
}

test('MD4 around the block borders, as the openssl program has it', () => {
  const { bytes } = random(1);
  for (const length of [55, 56, 63, 64, 119, 120, 510]) {
    const message = bytes(length);
    const reference = execFileSync('openssl', ['dgst', '-md4', '-provider', 'legacy', '-binary'], { input: message });
    assert.is(toHex(md4(message)), reference.toString('hex'), String(length));
  }
});

test('SHA-1 of every length around the block borders, in pieces, as node:crypto has it', () => {
  const { bytes, below } = random(2);
  for (let length = 0; length < 260; length++) {
    const message = bytes(length);
    const cut = below(length + 1);
    const digest = sha1([message.subarray(0, cut), message.subarray(cut)]);
    assert.is(toHex(digest), createHash('sha1').update(message).digest('hex'), String(length));
  }
  assert.is(toHex(sha1([])), 'da39a3ee5e6b4b0d3255bfef95601890afd80709');
});

/** The eight octets of a key whose seven have no parity bits. */
function withParity(key: Uint8Array): Uint8Array {
  const bits = Array.from(key, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return Uint8Array.from(bits.match(/.{7}/g)!, (seven) => parseInt(`${seven}0`, 2));
}

test('DES of 500 blocks, as OpenSSL has it: three times the same key of DES-EDE3', () => {
  const { bytes } = random(3);
  for (let i = 0; i < 500; i++) {
    const key = bytes(7);
    const block = bytes(8);
    const out = new Uint8Array(12).fill(0xa5);
    desEncrypt(key, block, out, 2);
    const wide = withParity(key);
    const cipher = createCipheriv('des-ede3-ecb', concat(wide, wide, wide), null).setAutoPadding(false);
    assert.is(toHex(out), `a5a5${cipher.update(block).toString('hex')}a5a5`);
  }
});

const CHALLENGE = hex('5b5d7c7d7b3f2f3e3c2c602132262628');
const PEER_CHALLENGE = hex('21402324255e262a28295f2b3a337c7e');
const RESPONSE = '82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df';

test('RFC 2759 §9.2', () => {
  const user = ascii('User');
  const password = ascii('clientPass');
  const response = ntResponse(CHALLENGE, PEER_CHALLENGE, user, password);
  assert.is(toHex(response), RESPONSE);
  const proof = authenticatorProof(CHALLENGE, PEER_CHALLENGE, user, password, response);
  assert.equal(proof, ascii('S=407A5589115FD0D6209F510FE9C04566932CDA56'));
});

test('a domain before the name does not count (§4)', () => {
  for (const user of ['DOMAIN\\User', 'A\\B\\User', '\\User']) {
    assert.is(toHex(ntResponse(CHALLENGE, PEER_CHALLENGE, ascii(user), ascii('clientPass'))), RESPONSE, user);
  }
  assert.is.not(toHex(ntResponse(CHALLENGE, PEER_CHALLENGE, ascii('DOMAIN'), ascii('clientPass'))), RESPONSE);
});

/** RFC 2759 §8.1 once more, with OpenSSL and Node's own text converters. */
function reference(user: string, password: string): string {
  const hash = execFileSync('openssl', ['dgst', '-md4', '-provider', 'legacy', '-binary'], {
    input: Buffer.from(password, 'utf16le'),
  });
  const challenge = createHash('sha1').update(PEER_CHALLENGE).update(CHALLENGE).update(user).digest().subarray(0, 8);
  const keys = Buffer.concat([hash, Buffer.alloc(5)]);
  return [0, 7, 14]
    .map((at) => {
      const wide = withParity(keys.subarray(at, at + 7));
      const cipher = createCipheriv('des-ede3-ecb', concat(wide, wide, wide), null).setAutoPadding(false);
      return cipher.update(challenge).toString('hex');
    })
    .join('');
}

test('passwords in UTF-8 are hashed in UTF-16', () => {
  for (const password of ['', 'x', 'pässwörd', '密码', 'a𝄞b😀', 'é'.repeat(100)]) {
    const response = ntResponse(CHALLENGE, PEER_CHALLENGE, ascii('User'), new TextEncoder().encode(password));
    assert.is(toHex(response), reference('User', password), password);
  }
});

test('a proof stands at the beginning of the message, whole', () => {
  const proof = ascii('S=407A5589115FD0D6209F510FE9C04566932CDA56');
  const message = concat([0xa5], proof, ascii(' M=Welcome'));
  assert.ok(provesItself(proof, message, 1, message.length));
  assert.ok(provesItself(proof, message, 1, 1 + proof.length));
  for (let end = 1; end < 1 + proof.length; end++) {
    assert.not.ok(provesItself(proof, message, 1, end), `${end - 1} octets`);
  }
  for (let i = 1; i <= proof.length; i++) {
    const other = message.slice();
    other[i] ^= 1;
    assert.not.ok(provesItself(proof, other, 1, other.length), `octet ${i}`);
  }
});

test.run();
