import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Framer, createFramer, framerInput, framerReset } from '../../modules/ppp/framer';
import { concat, hex, toHex } from '../helpers/bytes';
import { contentOf, frameOf, packetOf, wireOf } from '../helpers/ppp';
import { foldChecksum, sum16 } from '../../modules/wire/checksum';
import { random } from '../helpers/random';

const SIZE = 256;

/** Its buffer begins much smaller than the frames. */
function framerOf(size: number, frame: (buf: Uint8Array, at: number, end: number) => void, first = 32): Framer {
  const framer = createFramer(size, frame, first);
  framerReset(framer);
  return framer;
}

function listen(size = SIZE): { framer: Framer; frames: string[]; give: (...parts: Uint8Array[]) => void } {
  const frames: string[] = [];
  const framer = framerOf(size, (buf, at, end) => frames.push(toHex(buf, at, end)));
  return { framer, frames, give: (...parts) => parts.forEach((part) => framerInput(framer, part, part.length)) };
}

/** The counters that say what became of frames. */
const fate = ({ _stats: s }: Framer): object => ({
  good: s.rxFrames,
  badFcs: s.badFcs,
  aborted: s.aborted,
  tooLong: s.tooLong,
});

const only = (some: object): object => ({ good: 0, badFcs: 0, aborted: 0, tooLong: 0, ...some });

const TEXTS = [
  'lcp req 1 accm=00000000 magic=7e7d5e5d pfc acfc',
  'lcp echo 9 7d7d7e7e7e7d001f',
  'ip 450000147d7e00',
  'chap success 1 57656c636f6d65',
];
const contents = TEXTS.map((text) => toHex(contentOf(packetOf(text)).slice(0, -2)));
const wires = TEXTS.map((text) => frameOf(text));
const good = wires[0];
const goodContent = contents[0];

test('a frame comes out between address and FCS', () => {
  const { frames, give, framer } = listen();
  give(hex('7e ff7d23c021 7d297d217d207d28 99d135c1 8e2c 7e'));
  assert.equal(frames, ['ff03c0210901000899d135c1']);
  assert.equal(fate(framer), only({ good: 1 }));
});

test('byte by byte, and in every split in two and in three', () => {
  const line = concat(...wires);
  const single = listen();
  for (const byte of line) {
    single.give(Uint8Array.of(byte));
  }
  assert.equal(single.frames, contents, 'byte by byte');
  assert.is(single.framer._stats.rxBytes, line.length);
  for (let a = 0; a <= line.length; a++) {
    for (let b = a; b <= line.length; b += 7) {
      const { frames, give } = listen();
      give(line.slice(0, a), line.slice(a, b), line.slice(b));
      if (frames.join() !== contents.join()) {
        assert.equal(frames, contents, `cut at ${a} and ${b}`);
      }
    }
  }
});

test('in chunks of every size, and in random ones, through a buffer that is much smaller than the line', () => {
  const line = concat(...Array.from({ length: 40 }, () => concat(...wires)));
  const want = Array.from({ length: 40 }, () => contents)
    .flat()
    .join();
  for (let size = 1; size <= line.length; size += size < 300 ? 1 : 97) {
    const { frames, give } = listen(128);
    for (let at = 0; at < line.length; at += size) {
      give(line.slice(at, at + size));
    }
    if (frames.join() !== want) {
      assert.is(frames.join(), want, `chunks of ${size}`);
    }
  }
  const { below } = random(31);
  for (let round = 0; round < 300; round++) {
    const { frames, give } = listen(96 + below(200));
    for (let at = 0; at < line.length;) {
      const size = 1 + below(below(2) ? 8 : 400);
      give(line.slice(at, at + size));
      at += size;
    }
    assert.is(frames.join(), want, `round ${round}`);
  }
});

test('only the first `length` bytes of a chunk count', () => {
  const { frames, framer } = listen();
  const chunk = concat(good, good);
  framerInput(framer, chunk, good.length);
  assert.equal(frames, [goodContent]);
  framerInput(framer, chunk, 0);
  assert.is(framer._stats.rxBytes, good.length);
});

test('one flag may end a frame and begin the next; many are none', () => {
  const { frames, give, framer } = listen();
  give(hex('7e'), ...TEXTS.map((text) => frameOf(text, { shared: true })), hex('7e7e7e7e'), good);
  assert.equal(frames, [...contents, goodContent]);
  assert.equal(fate(framer), only({ good: 5 }), 'empty frames are no frames');
});

test('compressed headers are handed on as they are', () => {
  const { framer, frames, give } = listen();
  framer._accm = 0;
  give(frameOf('ip 4500', { acfc: true, pfc: true, accm: 0 }), frameOf('ip 4500', { acfc: true, accm: 0 }));
  assert.equal(frames, ['214500', '00214500']);
});

test('what a sender escapes without need is understood', () => {
  const { framer, frames, give } = listen();
  framer._accm = 0;
  // All but 5e, which would make an abort.
  const escaped = contentOf(packetOf('ip 45')).reduce<number[]>(
    (all, byte) => (byte === 0x5e ? [...all, byte] : [...all, 0x7d, byte ^ 0x20]),
    [],
  );
  give(concat([0x7e], escaped, [0x7e]));
  assert.equal(frames, ['ff03002145']);
});

test('control characters of the receive ACCM are taken out, others are data', () => {
  for (const [accm, noise, clean] of [
    [-1, '00 11 1f', true],
    [0x000a0000, '11 13', true],
    [0x000a0000, '12', false],
    [0, '11', false],
  ] as const) {
    const { frames, give, framer } = listen();
    framer._accm = accm;
    const dirty: number[] = [0x7e];
    for (const byte of good.slice(1, -1)) {
      dirty.push(byte, ...hex(noise));
    }
    give(concat(dirty, [0x7e]));
    assert.equal(frames, clean ? [goodContent] : [], `${accm} ${noise}`);
    assert.equal(fate(framer), clean ? only({ good: 1 }) : only({ badFcs: 1 }));
  }
});

const content = contentOf(packetOf(TEXTS[0]));
const flipped = content.slice();
flipped[7] ^= 0x10;

/** Ways a frame can be bad, between two flags, and what it is counted as. */
const BAD: [string, Uint8Array, object][] = [
  ['a flipped bit', wireOf(flipped), { badFcs: 1 }],
  ['the first octet lost', wireOf(content.slice(1)), { badFcs: 1 }],
  ['the last octet lost', wireOf(content.slice(0, -1)), { badFcs: 1 }],
  ['an octet too many', wireOf(concat(content, [0x55])), { badFcs: 1 }],
  ['aborted by 7d 7e', concat(wireOf(content).slice(0, -1), [0x7d, 0x7e]), { aborted: 1 }],
  ['aborted right after a flag', hex('7e 7d 7e'), { aborted: 1 }],
  ['one octet', hex('7e 41 7e'), { aborted: 1 }],
  ['three octets', hex('7e 414243 7e'), { aborted: 1 }],
  // The FCS of nothing is 0000, so these two are right, and still hold nothing.
  ['nothing but an FCS', hex('7e 0000 7e'), { aborted: 1 }],
  ['longer than the buffer', concat([0x7e], new Uint8Array(3 * SIZE).fill(0x55), [0x7e]), { tooLong: 1 }],
  ['longer than the buffer, all escapes', concat([0x7e], new Uint8Array(3 * SIZE).fill(0x7d), [0x7e]), { tooLong: 1 }],
  ['cut short by a flag', concat(wireOf(content).slice(0, 10), [0x7e]), { badFcs: 1 }],
];

for (const [name, bad, counted] of BAD) {
  test(`${name}: counted once, and the frames around it come through`, () => {
    for (const split of ['whole', 'byte by byte', 'halves']) {
      const { frames, give, framer } = listen();
      const line = concat(good, bad, good, wires[1]);
      if (split === 'whole') {
        give(line);
      } else if (split === 'byte by byte') {
        line.forEach((byte) => give(Uint8Array.of(byte)));
      } else {
        give(line.slice(0, line.length >> 1), line.slice(line.length >> 1));
      }
      assert.equal(frames, [goodContent, goodContent, contents[1]], split);
      assert.equal(fate(framer), only({ good: 3, ...counted }), split);
    }
  });

  test(`${name}: twenty of them in a row, then a good frame that shares the last flag`, () => {
    const { frames, give } = listen();
    for (let i = 0; i < 20; i++) {
      give(bad);
    }
    give(frameOf(TEXTS[0], { shared: true }));
    assert.equal(frames, [goodContent]);
  });
}

test('text before the first flag is dropped and not counted as a frame', () => {
  for (const junk of ['', '\r\nCONNECT 115200\r\n', 'x', '}', 'A'.repeat(10 * SIZE)]) {
    const { frames, give, framer } = listen();
    give(
      Uint8Array.from(junk, (char) => char.charCodeAt(0)),
      good,
    );
    assert.equal(frames, [goodContent], junk);
    assert.equal(fate(framer), only({ good: 1 }), junk);
  }
});

test('a frame that just fits, and one octet more', () => {
  for (const [extra, counted] of [
    [0, { good: 1 }],
    [1, { tooLong: 1 }],
  ] as const) {
    const { frames, give, framer } = listen(128);
    framer._accm = 0;
    // The buffer holds everything between the flags, and one flag.
    const room = 128 - 1 - 6;
    const body = new Uint8Array(room + extra - 1).fill(0x41);
    const wire = frameOf({ protocol: 0x21, body: concat([0x42], body.slice(1)) }, { accm: 0 });
    const unescaped = wire.length - 2 === room + extra - 1 + 6;
    assert.ok(unescaped, 'the fixture needs no escapes');
    give(wire, good);
    assert.is(frames[frames.length - 1], goodContent);
    assert.equal(fate(framer), only({ ...counted, good: frames.length }), String(extra));
  }
});

test('a buffer that begins small grows once, when a frame does not fit, and loses nothing', () => {
  const frames: string[] = [];
  const framer = framerOf(512, (buf, at, end) => frames.push(toHex(buf, at, end)), 64);
  framer._accm = 0;
  const long = { protocol: 0x21, body: new Uint8Array(300).fill(0x42) };
  const longest = frameOf(long, { accm: 0 });
  for (const step of [1, 7, 64, 512]) {
    const before = framer._buf.length;
    const line = concat(...wires, longest, ...wires);
    frames.length = 0;
    for (let at = 0; at < line.length; at += step) {
      const chunk = line.slice(at, at + step);
      framerInput(framer, chunk, chunk.length);
      if (step === 1 && at < 48) {
        assert.is(framer._buf.length, before, 'short frames fit');
      }
    }
    assert.equal(frames, [...contents, toHex(contentOf(long).slice(0, -2)), ...contents], `in steps of ${step}`);
    assert.is(framer._buf.length, 512);
  }
  assert.is(framer._stats.tooLong, 0);
  const over = frameOf({ protocol: 0x21, body: new Uint8Array(520).fill(0x42) }, { accm: 0 });
  framerInput(framer, over, over.length);
  framerInput(framer, good, good.length);
  assert.is(framer._stats.tooLong, 1);
  assert.is(framer._buf.length, 512);
  assert.is(frames[frames.length - 1], goodContent);
});

test('a reset forgets the frame that was being gathered', () => {
  const { frames, give, framer } = listen();
  give(good.slice(0, 10));
  framerReset(framer);
  give(good.slice(10));
  assert.equal(frames, [], 'the rest waits for a flag');
  give(good);
  assert.equal(frames, [goodContent]);
  assert.is(framer._stats.rxBytes, 2 * good.length, 'counters stay');
});

test('a handler that resets the framer, as a link does that ends, loses only what came in the same chunk', () => {
  const frames: string[] = [];
  const framer = framerOf(SIZE, (buf, at, end) => {
    frames.push(toHex(buf, at, end));
    framerReset(framer);
  });
  const line = concat(good, wires[1]);
  framerInput(framer, line, line.length);
  framerInput(framer, wires[2], wires[2].length);
  assert.equal(frames, [contents[0], contents[2]]);
});

/** An IP packet of `length` octets, of which one in `every` has to be escaped. */
function ipPacket(length: number, every = 9): Uint8Array {
  const packet = Uint8Array.from({ length }, (_, i) => (i % every ? (i * 29) & 0x7b : 0x7d + (i & 1)));
  packet.set([0x45, 0, length >> 8, length & 255], 0);
  return packet;
}

const ipFrame = (packet: Uint8Array, options: object = {}): Uint8Array =>
  frameOf({ protocol: 0x21, body: packet }, { accm: 0, acfc: true, pfc: true, ...options });

/** A framer as it is when LCP is open; checks the sum that comes with IP packets. */
function listenOpen(size = 2048): ReturnType<typeof listen> & { sums: number[] } {
  const frames: string[] = [];
  const sums: number[] = [];
  const framer = framerOf(size, (buf, at, end) => {
    frames.push(toHex(buf, at, end));
    sums.push(framer._sum);
    const short = at + (buf[at] === 0xff ? 2 : 0);
    const head = short - at + (buf[short] === 0 ? 2 : 1);
    if (framer._sum) {
      assert.is(foldChecksum(framer._sum), foldChecksum(sum16(buf, at + head, end, 0)));
    }
  });
  framer._accm = 0;
  return { framer, frames, sums, give: (...parts) => parts.forEach((part) => framerInput(framer, part, part.length)) };
}

test('long IP packets, whose flag is foretold: in chunks of every size, with every header, summed on the way', () => {
  const packets = [1500, 300, 256, 1499, 40, 700].map((length, i) => ipPacket(length, 3 + 2 * i));
  const headers = [{}, { acfc: false }, { pfc: false }, { acfc: false, pfc: false }];
  for (const header of headers) {
    const line = concat(...packets.map((packet) => ipFrame(packet, header)));
    const want = packets.map((packet) => toHex(packet)).join();
    for (const size of [1, 2, 3, 7, 64, 255, 1000, 1507, 1508, 1509, 2000, line.length]) {
      const { framer, frames, sums, give } = listenOpen();
      for (let at = 0; at < line.length; at += size) {
        give(line.slice(at, at + size));
      }
      assert.is(frames.map((frame) => frame.replace(/^(ff03)?(00)?21/, '')).join(), want, `chunks of ${size}`);
      assert.equal(fate(framer), only({ good: packets.length }));
      assert.ok(sums.filter(Boolean).length >= 4, 'the long ones come with their sums');
    }
  }
});

test('every octet escaped, also those that need not be: a packet of the MRU fits a buffer little larger', () => {
  for (const accm of [0, -1]) {
    const body = contentOf({ protocol: 0x21, body: ipPacket(1500) }, { acfc: true, pfc: true });
    // 5e would make an abort, and with an ACCM controls would be taken out.
    const bare = (byte: number): boolean => byte === 0x5e || (accm !== 0 && byte >= 0x20 && byte < 0x40);
    const wire = concat([0x7e], ...Array.from(body, (byte) => (bare(byte) ? [byte] : [0x7d, byte ^ 0x20])), [0x7e]);
    for (const size of [5, 100, wire.length]) {
      const { framer, frames, give } = listenOpen(1600);
      framer._accm = accm;
      for (let at = 0; at < wire.length; at += size) {
        give(wire.slice(at, at + size));
      }
      assert.ok(frames.join() === toHex(body.slice(0, -2)), `${accm}, chunks of ${size}`);
      assert.equal(fate(framer), only({ good: 1 }));
    }
  }
});

test('an escaped 5d at the very end of a foretold packet: the 7d before the flag is an octet, no escape', () => {
  const packet = ipPacket(300);
  // Found by trying: the second octet of this FCS is 5d.
  for (let i = 0; i < 65536; i++) {
    packet.set([i >> 8, i & 255], 100);
    const content = contentOf({ protocol: 0x21, body: packet }, { acfc: true, pfc: true });
    if (content[content.length - 1] === 0x5d) {
      const wire = concat(wireOf(content.slice(0, -1), 0).slice(0, -1), [0x7d, 0x7d, 0x7e]);
      const { framer, frames, give } = listenOpen();
      give(wire, ipFrame(ipPacket(400)));
      assert.equal(fate(framer), only({ good: 2 }));
      assert.is(frames[0], toHex(content.slice(0, -2)));
      return;
    }
  }
  assert.unreachable();
});

test('octets lost from a foretold packet: the frame behind it comes through, whatever the chunks', () => {
  const first = ipFrame(ipPacket(900));
  const second = ipPacket(1000, 5);
  const { below } = random(34);
  for (let lost = 1; lost <= 300; lost += lost < 20 ? 1 : 31) {
    const at = 20 + below(500);
    const line = concat(first.slice(0, at), first.slice(at + lost), ipFrame(second).slice(1), ipFrame(ipPacket(60)));
    for (const size of [1, 50, 777, line.length]) {
      const { framer, frames, give } = listenOpen();
      for (let from = 0; from < line.length; from += size) {
        give(line.slice(from, from + size));
      }
      assert.equal(fate(framer), only({ good: 2, badFcs: 1 }), `${lost} of ${at} lost, chunks of ${size}`);
      assert.ok(frames.slice(-2)[0] === '21' + toHex(second), `${lost} lost, chunks of ${size}`);
    }
  }
});

test('padding behind a foretold packet is handed on, and spoils no sum', () => {
  const packet = concat(ipPacket(400), new Uint8Array(7));
  const { frames, sums, give } = listenOpen();
  give(ipFrame(packet));
  assert.equal(frames, ['21' + toHex(packet)]);
  assert.ok(sums.length === 1);
});

test('a length that promises more than comes costs that frame alone', () => {
  const packet = ipPacket(400);
  packet[2] = 4;
  const { framer, frames, give } = listenOpen();
  give(ipFrame(packet), ipFrame(ipPacket(300)));
  assert.is(frames.length, 2, 'its FCS is right; IP will refuse it');
  assert.equal(fate(framer), only({ good: 2 }));
});

test('1,000,000 mutated frames: no exception, every one accounted for, and a good frame comes through', () => {
  const { below, pick } = random(32);
  const frames: number[] = [];
  const handle = (_buf: Uint8Array, at: number, end: number): void => {
    frames[0] = (frames[0] ?? 0) + 1;
    if (end - at < 2) {
      assert.unreachable('a frame without content');
    }
  };
  const framer = framerOf(SIZE, handle, SIZE);
  const corpus = [
    ...wires,
    wireOf(new Uint8Array(120).fill(0x7d)),
    hex('7e7d7e'),
    hex('7e00007e'),
    frameOf('ip 45', { acfc: true }),
    concat([0x7e], new Uint8Array(300).fill(0x55), [0x7e]),
  ];
  const memory = framer._buf;
  const size = framer._buf.buffer.byteLength;
  const SPECIAL = [0x7e, 0x7d, 0x00, 0xff, 0x5e, 0x03];
  const scratch = new Uint8Array(600);
  let bytes = 0;
  for (let i = 0; i < 1000000; i++) {
    const source = pick(corpus);
    scratch.set(source);
    let length = source.length;
    switch (below(6)) {
      case 0:
        scratch[below(length)] ^= 1 << below(8);
        break;
      case 1:
        scratch[below(length)] = pick(SPECIAL);
        break;
      case 2:
        length = 1 + below(length);
        break;
      case 3:
        scratch.copyWithin(below(length), below(length), length);
        break;
      case 4:
        length += below(300);
        break;
      default:
        for (let n = below(8); n >= 0; n--) {
          scratch[below(length)] = below(256);
        }
    }
    bytes += length;
    framerInput(framer, scratch, length);
  }
  const stats = framer._stats;
  assert.is(stats.rxBytes, bytes);
  assert.is(stats.rxFrames, frames[0]);
  // Each is there, and in sensible numbers: neither everything nor nothing was broken.
  for (const name of ['rxFrames', 'badFcs', 'aborted', 'tooLong'] as const) {
    assert.ok(stats[name] > 1000, `${name}: ${stats[name]}`);
  }
  assert.ok(stats.badFcs > 100000, `${stats.badFcs}`);
  assert.is(framer._buf, memory, 'the buffer is the one of the beginning');
  assert.is(framer._buf.buffer.byteLength, size);
  const before = stats.rxFrames;
  const line = concat([0x7e], good);
  framerInput(framer, line, line.length);
  assert.ok(stats.rxFrames > before);
});

test('every frame between two flags is counted exactly once', () => {
  const { below, bytes } = random(33);
  const { framer, give } = listen();
  give(hex('7e'));
  let sent = 0;
  for (let i = 0; i < 20000; i++) {
    // No flag inside, not empty, and short enough for the buffer.
    const body = below(3) ? bytes(1 + below(100)).map((byte) => (byte === 0x7e ? 0x7f : byte)) : good.slice(1, -1);
    give(body, hex('7e'));
    sent++;
  }
  const { rxFrames, badFcs, aborted, tooLong } = framer._stats;
  assert.is(rxFrames + badFcs + aborted + tooLong, sent);
  assert.is(tooLong, 0);
  assert.ok(rxFrames >= sent / 4);
});

test('damaged IP packets that have lost octets, or gained some, count as overruns; changed ones do not', () => {
  const packet = { protocol: 0x21, body: new Uint8Array(60).fill(0x55) };
  packet.body.set([0x45, 0, 0, 60]);
  for (const framing of [{}, { acfc: true }, { pfc: true }, { acfc: true, pfc: true }]) {
    const whole = contentOf(packet, framing);
    const damaged: [Uint8Array, number][] = [
      [Uint8Array.from(whole, (byte, i) => (i === 40 ? byte ^ 1 : byte)), 0],
      [concat(whole.slice(0, 30), whole.slice(31)), 1],
      [concat(whole.slice(0, 30), whole.slice(50)), 1],
      [whole.slice(0, 30), 1],
      [concat(whole, [0x55]), 1],
      // The end of one and the beginning of the next have gone, with the flag in between.
      [concat(whole.slice(0, 30), whole.slice(7)), 1],
    ];
    for (const [bytes, overruns] of damaged) {
      const { framer, give } = listen(1024);
      give(wireOf(bytes));
      assert.equal([framer._stats.badFcs, framer._stats.overruns], [1, overruns], toHex(bytes));
    }
  }
  const { framer, give } = listen();
  give(wireOf(concat(contentOf(packetOf('lcp discard 1 01020304')), [0x55])));
  assert.equal([framer._stats.badFcs, framer._stats.overruns], [1, 0], 'of other packets nobody knows');
});

test.run();
