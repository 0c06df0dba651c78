/** mDNS (RFC 6762) as a script of events against time, on an interface of IPv6. */

import dnsPacket from 'dns-packet';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { setStatic6 } from '../../modules/inet/autoconf';
import { mdnsName, mdnsPoll, mdnsPollAt, useMdns, type Mdns } from '../../modules/inet/mdns';
import { mdnsResolve } from '../../modules/inet/mdns-lookup';
import { udp6Packet } from '../helpers/packets6';
import { LOCAL, OURS6, PEER6, ROUTER, Rig6, settled } from '../helpers/rig6';

const GROUP = 'ff02::fb';
type Packet = dnsPacket.DecodedPacket;

class Bench {
  readonly t: Rig6;
  readonly mdns: Mdns;
  name = 'Pico';

  constructor(named = true) {
    this.t = settled();
    this.mdns = useMdns(this.t.stack, this.t.v6, () => this.name)!;
    this.t.clock.drive({ poll: (nowMs) => mdnsPoll(this.mdns, nowMs), pollAt: () => mdnsPollAt(this.mdns) });
    if (named) {
      this.t.at(10_000);
      this.said();
    }
  }

  /** What has been sent: to whom, and what it says. */
  said(): { at: number; to: string; port: number; message: Packet }[] {
    return this.t
      .taken()
      .filter(({ protocol }) => protocol === 17)
      .map(({ at, destination, hops, payload }) => {
        assert.is(payload.readUInt16BE(0) === 5353 || destination === GROUP, true);
        assert.ok(hops === 255 || destination !== GROUP, `hop limit ${hops}`);
        return { at, to: destination, port: payload.readUInt16BE(2), message: dnsPacket.decode(payload.subarray(8)) };
      });
  }

  hears(message: dnsPacket.Packet, { port = 5353, destination = GROUP, source = ROUTER } = {}): this {
    const data = dnsPacket.encode(message);
    this.t.deliver(udp6Packet({ source, destination, sourcePort: port, destinationPort: 5353, data, hops: 255 }));
    return this;
  }
}

const question = (name = 'pico.local', type: 'A' | 'AAAA' | 'ANY' = 'AAAA') => ({ name, type }) as dnsPacket.Question;
const claim = (data: string, name = 'pico.local'): dnsPacket.Answer => ({
  type: 'AAAA',
  name,
  ttl: 120,
  data,
  flush: true,
});
const addresses = ({ message }: { message: Packet }): unknown[] =>
  message.answers!.map((one) => 'data' in one && one.data);

test('three probes 250 ms apart, which say what they want, then two announcements', () => {
  const b = new Bench(false);
  b.t.at(10_000);
  const said = b.said();
  assert.equal(
    said.map(({ to, message }) => [
      to,
      message.type,
      message.questions!.length,
      message.authorities!.length,
      message.answers!.length,
    ]),
    [
      [GROUP, 'query', 1, 2, 0],
      [GROUP, 'query', 1, 2, 0],
      [GROUP, 'query', 1, 2, 0],
      [GROUP, 'response', 0, 0, 2],
      [GROUP, 'response', 0, 0, 2],
    ],
  );
  assert.equal(
    said.slice(1).map(({ at }, i) => at - said[i].at),
    [250, 250, 250, 1000],
  );
  assert.equal(addresses(said[3]).sort(), [LOCAL, OURS6].sort());
});

test('a question is answered by multicast, once a second; one for a single answer alone', () => {
  const b = new Bench();
  b.hears({ type: 'query', questions: [question()] }).hears({ type: 'query', questions: [question()] });
  assert.equal(
    b.said().map(({ to, message }) => [to, message.answers!.length]),
    [[GROUP, 2]],
  );
  b.t.at(11_000);
  b.hears({ type: 'query', questions: [question('PICO.Local', 'ANY')] });
  assert.is(b.said().length, 1);
  b.hears({ type: 'query', questions: [{ ...question(), class: 'IN' }], flags: 0 });
  assert.is(b.said().length, 0);
});

test('who does not speak mDNS gets an ordinary answer: identifier, question, ten seconds', () => {
  const b = new Bench();
  b.hears({ type: 'query', id: 0x4242, questions: [question()] }, { port: 40000, source: PEER6 });
  const [reply] = b.said();
  assert.equal(
    [reply.to, reply.port, reply.message.id, reply.message.questions![0].name],
    [PEER6, 40000, 0x4242, 'pico.local'],
  );
  assert.ok(reply.message.answers!.every((one) => 'ttl' in one && one.ttl === 10));
});

test('other names, other types, and what the asker knows already are not answered', () => {
  const b = new Bench();
  for (const one of [question('pico2.local'), question('pico'), question('pico.local', 'A')]) {
    b.hears({ type: 'query', questions: [one] });
  }
  b.hears({ type: 'query', questions: [question()], answers: [claim(LOCAL), claim(OURS6)] });
  assert.equal(b.said(), []);
  b.t.at(20_000);
  b.hears({
    type: 'query',
    questions: [question()],
    answers: [{ ...claim(LOCAL), ttl: 59 } as dnsPacket.Answer, claim(OURS6)],
  });
  assert.is(b.said().length, 1);
});

test('while probing: somebody who has the name keeps it, and ours gets a number', () => {
  const b = new Bench(false);
  b.t.at(2300);
  b.hears({ type: 'response', answers: [claim(PEER6)] });
  b.t.at(10_000);
  assert.is(mdnsName(b.mdns), 'pico-2.local');
  const last = b.said().pop()!;
  assert.is(last.message.answers![0].name, 'pico-2.local');
});

test('two that probe at once: the later addresses win, the other waits a second and probes again', () => {
  for (const [rival, wins] of [
    ['2001:db8::1', true],
    ['fe80::1', false],
  ] as const) {
    const b = new Bench(false);
    b.t.at(2260);
    const before = b.said().length;
    assert.ok(before > 0 && before < 3);
    b.hears({
      type: 'query',
      questions: [question('pico.local', 'ANY')],
      authorities: [claim(rival)],
    } as dnsPacket.Packet);
    b.t.at(10_000);
    const said = b.said();
    assert.is(said[0].message.type, 'query');
    assert.is(said[0].at - 2260 < 500, wins, `${said[0].at}`);
    assert.is(mdnsName(b.mdns), 'pico.local');
  }
});

test('later: a conflict changes the name; our own words coming back do not', () => {
  const b = new Bench();
  b.hears({ type: 'response', answers: [claim(LOCAL), claim(OURS6)] }, { source: LOCAL });
  b.t.at(12_000);
  assert.is(mdnsName(b.mdns), 'pico.local');
  b.hears({ type: 'response', answers: [claim(PEER6)] });
  b.t.at(20_000);
  assert.is(mdnsName(b.mdns), 'pico-2.local');
});

test('a thousand conflicts: one attempt every five seconds in the end, and the table does not grow', () => {
  const b = new Bench();
  for (let i = 0; i < 1000; i++) {
    b.hears({ type: 'response', answers: [claim(PEER6, mdnsName(b.mdns))] });
  }
  b.said();
  b.t.at(14_000);
  assert.equal(b.said(), []);
  b.t.at(16_000);
  assert.ok(b.said().length > 0);
  assert.is(b.mdns._links.length, 1);
});

test('a name that is looked up: three questions, the answer; or after seven seconds none', () => {
  const b = new Bench();
  const told: unknown[] = [];
  mdnsResolve(b.mdns, 'Printer.local.', true, (address) => told.push(address), b.t.clock.nowMs);
  mdnsResolve(b.mdns, 'printer.local', true, (address) => told.push(address), b.t.clock.nowMs);
  const [asked, ...more] = b.said();
  assert.equal([asked.message.questions![0].name, more.length], ['printer.local', 0]);
  const port = b.mdns._lookups[0]._socket._localPort;
  const answer = (name: string): Buffer =>
    dnsPacket.encode({ type: 'response', id: asked.message.id, answers: [claim(PEER6, name)] });
  const reply = { source: PEER6, destination: LOCAL, sourcePort: 5353, destinationPort: port };
  b.t.deliver(udp6Packet({ ...reply, data: answer('other.local') }));
  b.t.deliver(udp6Packet({ ...reply, sourcePort: 53, data: answer('printer.local') }));
  assert.equal(told, []);
  b.t.deliver(udp6Packet({ ...reply, data: answer('printer.local') }));
  assert.equal(told.splice(0), [PEER6, PEER6]);
  mdnsResolve(b.mdns, 'nobody.local', true, (address) => told.push(address), b.t.clock.nowMs);
  b.t.at(b.t.clock.nowMs + 6900);
  assert.equal([b.said().length, told], [3, []]);
  b.t.at(b.t.clock.nowMs + 200);
  assert.equal([told.length, b.mdns._lookups.length, b.t.stack._udps.length], [1, 0, 1]);
});

test('another host name is probed; changed addresses are announced', () => {
  const b = new Bench();
  b.name = 'nano';
  b.t.at(20_000);
  assert.is(b.said().pop()!.message.answers![0].name, 'nano.local');
  setStatic6(b.t.netif, '2001:db8::77', b.t.clock.nowMs);
  b.t.at(25_000);
  const announced = b.said();
  assert.is(announced.length, 2);
  assert.ok(addresses(announced[0]).includes('2001:db8::77'));
});

test.run();
