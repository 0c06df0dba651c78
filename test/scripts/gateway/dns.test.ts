import packet from 'dns-packet';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseIpv4 } from '../../../modules/wire/addr';
import { DnsServer, type Lookup } from '../../../scripts/gateway/dns';
import { mulberry32 } from '../../../scripts/lines/corrupt';
import { GATEWAY, withRig } from './rig';

const NAMES: Record<string, string[]> = {
  'one.example': ['192.0.2.1'],
  'two.example': ['192.0.2.1', '192.0.2.2'],
  'here.example': ['127.0.1.1', '127.0.0.1'],
  'many.example': Array.from({ length: 100 }, (_, i) => `198.51.100.${i}`),
};

const lookup: Lookup = async (name) => {
  const found = NAMES[name.toLowerCase()];
  if (!found) {
    throw Object.assign(new Error(name), { code: name.startsWith('broken') ? 'EAI_AGAIN' : 'ENOTFOUND' });
  }
  return found;
};

function server() {
  const stats = { dnsQueries: 0, dnsMalformed: 0, refused: 0 } as never as ConstructorParameters<typeof DnsServer>[1];
  return { dns: new DnsServer(parseIpv4(GATEWAY), stats, lookup), stats };
}

function query(name: string, type: packet.RecordType = 'A', flags = packet.RECURSION_DESIRED): Buffer {
  return packet.encode({ type: 'query', id: 0x1234, flags, questions: [{ type, name }] });
}

async function ask(message: Uint8Array) {
  const reply = await server().dns.answer(message);
  assert.ok(reply);
  const decoded = packet.decode(Buffer.from(reply));
  const addresses = decoded.answers!.map((answer) => (answer as packet.StringAnswer).data);
  return { reply, decoded, addresses, rcode: (decoded as unknown as { rcode: string }).rcode };
}

test('an A record with a minute to live; the question comes back as it was asked', async () => {
  const { decoded, addresses, rcode } = await ask(query('One.Example'));
  assert.equal(addresses, ['192.0.2.1']);
  assert.is(rcode, 'NOERROR');
  assert.is(decoded.id, 0x1234);
  assert.is(decoded.type, 'response');
  assert.ok(decoded.flags! & packet.RECURSION_DESIRED);
  assert.ok(decoded.flags! & packet.RECURSION_AVAILABLE);
  assert.is(decoded.questions![0].name, 'One.Example');
  const [answer] = decoded.answers as packet.StringAnswer[];
  assert.is(answer.name, 'One.Example');
  assert.is(answer.ttl, 60);
});

test('all addresses, as far as 512 bytes go', async () => {
  assert.equal((await ask(query('two.example'))).addresses, NAMES['two.example']);
  const { reply, addresses } = await ask(query('many.example'));
  assert.ok(reply.length <= 512 && addresses.length > 10, `${addresses.length} in ${reply.length} bytes`);
});

test("the host's loopback is the gateway, and so is gateway.micronic", async () => {
  assert.equal((await ask(query('here.example'))).addresses, [GATEWAY]);
  assert.equal((await ask(query('Gateway.Micronic'))).addresses, [GATEWAY]);
});

test('no such name, a broken resolver, another type, another opcode', async () => {
  assert.is((await ask(query('nowhere.example'))).rcode, 'NXDOMAIN');
  assert.is((await ask(query('broken.example'))).rcode, 'SERVFAIL');
  const { rcode, addresses } = await ask(query('one.example', 'AAAA'));
  assert.is(rcode, 'NOERROR');
  assert.equal(addresses, []);
  assert.is((await ask(query('one.example', 'A', 2 << 11))).rcode, 'NOTIMP');
});

test('what is no query has no answer', async () => {
  const { dns, stats } = server();
  const good = query('one.example');
  const response = Buffer.from(good);
  response[2] |= 0x80;
  const loop = Buffer.concat([good.subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]);
  const chaos = Buffer.from(good);
  chaos[chaos.length - 1] = 3;
  const two = Buffer.concat([good, good.subarray(12)]);
  two[5] = 2;
  const messages = [Buffer.alloc(0), good.subarray(0, 11), good.subarray(0, 20), response, loop, chaos, two];
  for (const message of messages) {
    assert.is(await dns.answer(message), null, message.toString('hex'));
  }
  assert.is(stats.dnsMalformed, messages.length);
});

test('20,000 mutated queries: no exception, every answer a message', async () => {
  const { dns } = server();
  const random = mulberry32(5);
  for (let i = 0; i < 20000; i++) {
    const message = query(i % 3 ? 'one.example' : 'a.rather.long.name.of.many.labels.example', i % 5 ? 'A' : 'TXT');
    for (let n = 1 + Math.floor(random() * 6); n > 0; n--) {
      message[Math.floor(random() * message.length)] = Math.floor(random() * 256);
    }
    const reply = await dns.answer(message.subarray(0, i % 4 ? message.length : Math.floor(random() * message.length)));
    assert.ok(reply === null || reply.length >= 12);
  }
});

test('32 at a time', async () => {
  const stats = { dnsQueries: 0, dnsMalformed: 0, refused: 0 } as never as ConstructorParameters<typeof DnsServer>[1];
  const waiting: (() => void)[] = [];
  const dns = new DnsServer(1, stats, () => new Promise((resolve) => waiting.push(() => resolve(['192.0.2.1']))));
  const replies = Array.from({ length: 40 }, () => dns.answer(query('slow.example')));
  waiting.forEach((answer) => answer());
  const answered = (await Promise.all(replies)).filter((reply) => reply !== null);
  assert.is(answered.length, 32);
  assert.is(stats.refused, 8);
});

test("through the line: the board's own resolver", () =>
  withRig({ substitutes: { lookup } }, async ({ network, gateway }) => {
    assert.is(await network.resolve('one.example'), '192.0.2.1');
    assert.is(await network.resolve('ONE.example'), '192.0.2.1');
    assert.is(await network.resolve('here.example'), GATEWAY);
    for (const name of ['nowhere.example', 'broken.example']) {
      const error = await network.resolve(name).then(
        () => null,
        (reason) => reason,
      );
      assert.is(error?.code, name.startsWith('no') ? 'ENOTFOUND' : 'EAI_AGAIN', name);
    }
    assert.ok(gateway.stats.dnsQueries >= 4);
  }));

test("through the line: the host's resolver and hosts file", () =>
  withRig({}, async ({ network }) => {
    assert.is(await network.resolve('localhost'), GATEWAY);
  }));

test.run();
