/** The HTTP parser on damaged messages: it never throws, keeps little, and says the same however the bytes are cut. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseEnd, resetParser, type Parser } from '../../modules/socket/http-parser';
import { seededRandom } from '../helpers/clock';

const ROUNDS = Number(process.env.FUZZ_ROUNDS) || 4000;
const MOST_OCTETS = 300;
const MOST_LINES = 8;

const SEEDS = [
  'GET /a?b HTTP/1.1\r\nHost: x\r\nCookie: a\r\nCookie: b\r\n\r\nGET /2 HTTP/1.0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: y\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0a\r\n0123456789\r\n0\r\nT: x\r\n\r\nGET / HTTP/1.1\r\nHost: y\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nhello',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'HTTP/1.0 200 OK\r\nA: b\r\n\r\nuntil the end',
];
const PIECES = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  ':',
  ';',
  '0',
  'f',
  '-',
  ',',
  '\r\n\r\n',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  'HTTP/1.1',
  'x'.repeat(400),
];

/** What becomes of bytes in these pieces: the messages, their bodies, the refusal. */
function outcome(isRequest: boolean, bytes: Uint8Array, cuts: number[]): string {
  let log = '';
  let body = '';
  const parser = {
    _isRequest: isRequest,
    _mostOctets: MOST_OCTETS,
    _mostLines: MOST_LINES,
    _rest: null,
    _head: () => {
      log += `<${parser._first} ${parser._second} ${JSON.stringify(parser._headers)}>`;
      body = '';
      return false;
    },
    _body: (piece: Uint8Array) => {
      assert.ok(piece.length > 0, 'an empty piece');
      body += Buffer.from(piece).toString('latin1');
    },
    _done: () => {
      log += `${body}</>`;
      body = '';
      resetParser(parser);
    },
  } as Partial<Parser> as Parser;
  resetParser(parser);
  let refusal = 0;
  [...cuts, bytes.length].forEach((end, i, all) => {
    if (!refusal) {
      refusal = parse(parser, bytes.slice(i ? all[i - 1] : 0, end));
      assert.ok(!parser._rest || parser._rest.length <= MOST_OCTETS, 'it keeps more than a head');
    }
  });
  if (!refusal) {
    parseEnd(parser);
  }
  return `${log}${body}${refusal}`;
}

test(`${ROUNDS} damaged messages, whole and in pieces`, () => {
  const random = seededRandom(11);
  const below = (n: number): number => random() % n;
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const which = below(SEEDS.length);
    let text = SEEDS[which];
    for (let changes = 1 + below(3); changes > 0; changes--) {
      const at = below(text.length + 1);
      const piece = below(3) ? PIECES[below(PIECES.length)] : String.fromCharCode(below(256));
      text = text.slice(0, at) + (below(3) ? piece : '') + text.slice(at + below(4));
    }
    const bytes = Buffer.from(text, 'latin1');
    const isRequest = which < 3;
    const whole = outcome(isRequest, bytes, []);
    const cuts = Array.from({ length: 1 + below(4) }, () => below(bytes.length + 1)).sort((a, b) => a - b);
    const every = Array.from({ length: bytes.length }, (_, i) => i);
    refused += whole.endsWith('0') ? 0 : 1;
    for (const one of [cuts, every]) {
      assert.is(outcome(isRequest, bytes, one), whole, JSON.stringify(text));
    }
  }
  // Neither all nor none: the changes matter, and do not spoil everything.
  assert.ok(refused > ROUNDS / 10 && refused < ROUNDS, `${refused} refused`);
});

test.run();
