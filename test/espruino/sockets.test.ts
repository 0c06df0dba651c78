/** The real interpreter: servers, several sockets, uploads, errors, datagrams. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { serveTcp, within } from '../scripts/gateway/rig';
import type { PageAnswer, Peer } from '../helpers/peer';
import { type Engine, connecting, hasEspruino, linePeer, withEngine, withGateway } from './engine';

async function withPeer(up: string, body: (engine: Engine, peer: Peer) => Promise<void>): Promise<void> {
  await withEngine(connecting(up), async (engine, line) => {
    const peer = linePeer(line);
    await engine.says(/@up 192.168.64.2/);
    await within(body(engine, peer));
  });
}

test('http.createServer: four clients at a time, and one after the other', async () => {
  if (!hasEspruino()) {
    return;
  }
  const up = `
    http.createServer(function (request, response) {
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      response.end(request.method + ' ' + request.url + ' ' + new Array(300).join('0123456789'));
    }).listen(80);
    print('@listens');`;
  await withPeer(up, async (engine, peer) => {
    await engine.says(/@listens/);
    const want = (path: string): PageAnswer => ({
      status: 200,
      body: `GET ${path} ${new Array(300).join('0123456789')}`,
    });
    const paths = ['/a', '/b', '/c', '/d'];
    assert.equal(await Promise.all(paths.map((path) => peer.get(path))), paths.map(want));
    for (let i = 0; i < 5; i++) {
      assert.equal(await peer.get(`/${i}`), want(`/${i}`));
    }
  });
});

test('net.createServer: an echo of 20 KB for two clients, one of which closes his side first', async () => {
  if (!hasEspruino()) {
    return;
  }
  const up = `
    net.createServer(function (socket) {
      socket.on('data', function (data) { socket.write(data); });
      socket.on('close', function () { print('@closed'); });
    }).listen(7);
    print('@listens');`;
  await withPeer(up, async (engine, peer) => {
    await engine.says(/@listens/);
    const echo = async (bytes: Buffer, endsAt: number): Promise<Buffer> => {
      const socket = peer.connect(7);
      const chunks: Buffer[] = [];
      let count = 0;
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        count += chunk.length;
        if (count >= endsAt) {
          socket.end();
        }
      });
      socket.write(bytes);
      await once(socket, 'close');
      return Buffer.concat(chunks);
    };
    const texts = [randomBytes(20000), randomBytes(20000)];
    const echoes = await Promise.all(texts.map((text) => echo(text, text.length)));
    assert.ok(echoes.every((bytes, i) => bytes.equals(texts[i])));
    await engine.says(/@closed[^]*@closed/);
  });
});

test('an upload against a peer that reads late: write, drain, end', async () => {
  if (!hasEspruino()) {
    return;
  }
  let received = 0;
  let good = true;
  const server = await serveTcp((socket) => {
    socket.pause();
    setTimeout(() => socket.resume(), 1000);
    socket.on('data', (data) => {
      for (const byte of data) {
        good = good && byte === (received++ & 255);
      }
    });
    socket.on('end', () => socket.end('thanks'));
  });
  const up = `
    var piece = E.toString(new Uint8Array(1024).map(function (_, i) { return i; })), left = 60;
    var socket = net.connect({ host: 'gateway.micronic', port: ${server.port} }, function () {
      socket.write(piece);
    });
    socket.on('drain', function () {
      if (--left > 0) socket.write(piece);
      else if (!left) socket.end();
    });
    socket.on('error', function (e) { print('@failed ' + e.message); });
    socket.on('close', function () { print('@closed ' + left); });`;
  try {
    await withGateway(connecting(up), async (engine) => {
      await engine.says(/@closed/);
      const endMs = performance.now() + 10000;
      while (received < 60 * 1024 && performance.now() < endMs) {
        await new Promise((done) => setTimeout(done, 50));
      }
      assert.equal([received, good], [60 * 1024, true]);
    });
  } finally {
    await server.close();
  }
});

test('errors: a refused port, a name that does not exist, and no link', async () => {
  if (!hasEspruino()) {
    return;
  }
  const up = `
    function go(name, options) {
      net.connect(options, function () { print('@connected ' + name); })
        .on('error', function (e) { print('@' + name + ' ' + e.code + ' ' + e.message); });
    }
    if (!ppp.was) {
      ppp.was = true;
      go('refused', { host: '192.168.64.1', port: 9 });
      go('unknown', { host: 'no.such.name.invalid', port: 80 });
      setTimeout(function () {
        ppp.disconnect(function () { go('unlinked', { host: '192.168.64.1', port: 80 }); });
      }, 3000);
    }`;
  await withGateway(connecting(up), async (engine) => {
    await engine.says(/@refused -9 connection reset/);
    await engine.says(/@unknown -6 not found/);
    await engine.says(/@unlinked -4 no route/);
    assert.not.match(engine.console, /@connected/);
  });
});

test('a connection that the peer resets, and one that dies with the link', async () => {
  if (!hasEspruino()) {
    return;
  }
  const up = `
    net.createServer(function (socket) {
      socket.on('data', function (data) { print('@got ' + data); });
      socket.on('error', function (e) { print('@error ' + e.message); });
      socket.on('close', function (had) { print('@closed ' + had); });
    }).listen(7);
    print('@listens');`;
  await withPeer(up, async (engine, peer) => {
    await engine.says(/@listens/);
    const one = peer.connect(7).on('error', () => {});
    one.write('one');
    await engine.says(/@got one/);
    one.destroy(new Error('reset'));
    await engine.says(/@error connection reset/);
    await engine.says(/@closed true/);
    const two = peer.connect(7).on('error', () => {});
    two.write('two');
    await engine.says(/@got two/);
    engine.type('ppp.disconnect()');
    await engine.says(/@error no route/);
  });
});

test('dgram: datagrams with their senders, both ways, each by itself', async () => {
  if (!hasEspruino()) {
    return;
  }
  const up = `
    var socket = require('dgram').createSocket('udp4');
    socket.on('message', function (message, from) {
      print('@datagram ' + message.length + ' ' + from.address + ' ' + from.port);
      socket.send(message, from.port, from.address);
    });
    socket.bind(5000);
    print('@listens');`;
  await withPeer(up, async (engine, peer) => {
    await engine.says(/@listens/);
    const answers: Buffer[] = [];
    const mine = peer.udp(6000, (payload) => answers.push(Buffer.from(payload)));
    const sent = [randomBytes(5), randomBytes(500), randomBytes(1)];
    sent.forEach((bytes) => peer.sendTo(mine, bytes, 5000));
    await engine.says(/@datagram 5 192.168.64.1 6000[^]*@datagram 500 [^]*@datagram 1 /);
    const endMs = performance.now() + 5000;
    while (answers.length < 3 && performance.now() < endMs) {
      await new Promise((done) => setTimeout(done, 20));
    }
    assert.equal(answers, sent);
  });
});

test('errors: a socket that is closed, and a second network', async () => {
  if (!hasEspruino()) {
    return;
  }
  const server = await serveTcp((socket) => socket.on('error', () => {}).on('data', (data) => socket.end(data)));
  const up = `
    var left = 2, other = {
      create: function () { return 0; }, close: function () {}, accept: function () { return -1; },
      recv: function () { return 'other'; }, send: function (s, data) { return data.length; }
    };
    function echo(then) {
      var text = '', socket = net.connect({ host: '192.168.64.1', port: ${server.port} }, function () { socket.write('ours'); });
      socket.on('data', function (data) { text += data; });
      socket.on('close', function () { then(text, socket); });
    }
    if (!ppp.times) {
      ppp.times = 1;
      echo(function (text, socket) {
        print('@first ' + text);
        try { socket.write('more'); } catch (e) { print('@write ' + e.message); }
        require('NetworkJS').create(other);
        net.connect({ host: 'x', port: 1 }, function () {}).on('data', function (data) {
          if (ppp.times++ > 1) return;
          print('@second ' + data);
          ppp.disconnect(function () { ppp.connect(); });
        });
      });
    } else echo(function (text) { print('@third ' + text); });`;
  try {
    await withGateway(connecting(up), async (engine) => {
      await engine.says(/@first ours/);
      await engine.says(/@write This socket is closed/);
      await engine.says(/@second other/);
      await engine.says(/@third ours/);
    });
  } finally {
    await server.close();
  }
});

test.run();
