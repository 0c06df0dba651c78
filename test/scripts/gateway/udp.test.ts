import dgram from 'node:dgram';
import { once } from 'node:events';
import os from 'node:os';
import type { AddressInfo } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatIpv4, parseIpv4 } from '../../../modules/wire/addr';
import { udpClose, udpOpen, udpSend, type UdpSocket } from '../../../modules/inet/udp';
import { hostRearm } from '../../../modules/network/host';
import { skip } from '../../helpers/skip';
import { until } from '../lines/streams';
import { GATEWAY, type Rig, withRig } from './rig';

/** The host's side: answers each datagram with itself, turned round, or from another socket. */
async function serveUdp(answer: (socket: dgram.Socket, message: Buffer, from: dgram.RemoteInfo) => void) {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (message, from) => answer(socket, message, from));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: (socket.address() as AddressInfo).port, close: () => socket.close() };
}

const reversed: Parameters<typeof serveUdp>[0] = (socket, message, from) =>
  socket.send(Buffer.from(message).reverse(), from.port, from.address);

interface Heard {
  text: string;
  from: string;
}

/** A socket of the board. */
function openUdp({ network }: Rig): {
  socket: UdpSocket;
  heard: Heard[];
  send(text: string, to: string, port: number): boolean;
} {
  const { _stack: stack } = network.host;
  const heard: Heard[] = [];
  const socket = udpOpen(stack, (payload, source, port) => {
    heard.push({ text: Buffer.from(payload).toString(), from: `${formatIpv4(source as number)}:${port}` });
  }) as UdpSocket;
  return {
    socket,
    heard,
    send(text, to, port) {
      const isSent = udpSend(socket, Buffer.from(text), parseIpv4(to), port, network.host._nowMs());
      hostRearm(network.host);
      return isSent;
    },
  };
}

test('datagrams there and back, from the address and port they were sent to', () =>
  withRig({}, async (rig) => {
    const server = await serveUdp(reversed);
    const { heard, send } = openUdp(rig);
    send('hello', GATEWAY, server.port);
    send('again', GATEWAY, server.port);
    await until(() => heard.length === 2);
    assert.equal(heard, [
      { text: 'olleh', from: `${GATEWAY}:${server.port}` },
      { text: 'niaga', from: `${GATEWAY}:${server.port}` },
    ]);
    assert.is(rig.gateway.held.udp, 1);
    server.close();
  }));

test('two servers, one socket; an answer from another port arrives under that port', () =>
  withRig({}, async (rig) => {
    const helper = dgram.createSocket('udp4');
    const one = await serveUdp(reversed);
    const other = await serveUdp((_socket, message, from) => helper.send(message, from.port, from.address));
    const { heard, send } = openUdp(rig);
    send('ab', GATEWAY, one.port);
    await until(() => heard.length === 1);
    send('cd', GATEWAY, other.port);
    await until(() => heard.length === 2);
    assert.is(heard[0].from, `${GATEWAY}:${one.port}`);
    assert.equal(heard[1], { text: 'cd', from: `${GATEWAY}:${helper.address().port}` });
    assert.is(rig.gateway.held.udp, 1);
    for (const server of [one, other, helper]) {
      server.close();
    }
  }));

test('what the host cannot take is counted, and what is too long for the board is lost', () =>
  withRig({}, async (rig) => {
    const { heard, send } = openUdp(rig);
    const server = await serveUdp((socket, _message, from) => {
      socket.send(Buffer.alloc(1473), from.port, from.address); // one more than 1500 hold
      socket.send('fits', from.port, from.address);
    });
    send('x', '127.0.0.1', server.port);
    send('x', '239.255.255.250', 1900);
    send('x', GATEWAY, 0);
    await until(() => rig.gateway.stats.refused === 3);
    send('x', GATEWAY, server.port);
    await until(() => heard.length === 1);
    assert.is(heard[0].text, 'fits');
    assert.is(rig.gateway.stats.lost, 1);
    server.close();
  }));

test('64 sockets of the host at most: the one idle for longest goes', () =>
  withRig({ bounds: { _udpSockets: 256 } }, async (rig) => {
    const server = await serveUdp(reversed);
    const boards = Array.from({ length: 80 }, () => openUdp(rig));
    for (const [i, { send, heard }] of boards.entries()) {
      send(`${i}`, GATEWAY, server.port);
      await until(() => heard.length === 1);
    }
    assert.is(rig.gateway.held.udp, 64);
    boards[79].send('still', GATEWAY, server.port);
    boards[0].send('anew', GATEWAY, server.port);
    await until(() => boards[79].heard.length === 2 && boards[0].heard.length === 2);
    assert.is(rig.gateway.held.udp, 64);
    for (const { socket } of boards) {
      udpClose(socket);
    }
    await rig.disconnect();
    await until(() => rig.gateway.held.udp === 0);
    server.close();
  }));

test("echoes: the gateway's own address, by number and by name", () =>
  withRig({}, async ({ network, gateway }) => {
    for (const name of [GATEWAY, 'gateway.micronic', 'localhost']) {
      assert.type(await network.ping(name), 'number', name);
    }
    assert.is(gateway.stats.echoes, 0);
  }));

test('echoes to others go through the ping program', () =>
  withRig({}, async ({ network, gateway }) => {
    const own = Object.values(os.networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal);
    if (!own) {
      skip('this computer has no address but its loopback');
      return;
    }
    const ms = await network.ping(own.address);
    if (gateway.stats.refused) {
      skip('this computer has no ping program');
      return;
    }
    assert.type(ms, 'number');
    assert.is(gateway.stats.echoes, 1);
  }));

test('without a ping program echoes are lost, which is said once', () =>
  withRig({ substitutes: { pingProgram: 'no-such-ping' } }, async ({ network, gateway, notices }) => {
    const pings = [1, 2, 3].map(() => network.ping('192.0.2.1', { timeoutMs: 300 }));
    assert.equal(await Promise.all(pings), [null, null, null]);
    assert.is(await network.ping('192.0.2.1', { timeoutMs: 100 }), null);
    assert.is(gateway.stats.refused, 4);
    assert.is(notices.length, 1);
    assert.match(notices[0], 'no-such-ping does not run');
  }));

test.run();
