/** Text of net.js as bytes: the encoder's way gives what charCodeAt gives, whatever the characters. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { latin1Bytes } from '../../../modules/wire/bytes';
import { textBytes } from '../../../board-targets/kaluma-rp2/netdev-socket';

const test = suite('netdev-socket');

const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');

for (const [what, text] of [
  ['nothing', ''],
  ['ASCII', all.slice(0, 128)],
  ['all of Latin-1', all],
  ['all of it backwards', [...all].reverse().join('')],
  ['one beyond Latin-1 before ASCII', '€x'],
  ['ASCII around ones beyond Latin-1', 'a€é\u0100b𝄞c'],
  ['half a surrogate pair, as a cut piece ends', 'ab\ud834'],
] as const) {
  test(what, () => {
    assert.equal(Array.from(textBytes(text)), Array.from(latin1Bytes(text)));
  });
}

test.run();
