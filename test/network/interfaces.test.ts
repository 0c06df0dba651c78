/** Two interfaces at once, a cable and a modem: which way things go, and what becomes of them when one fails. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Errno, type TcpHandler } from '../../modules/inet/tcb';
import { tcpConnect, tcpListen } from '../../modules/inet/tcp';
import { nameServers } from '../../modules/inet/resolver';
import { route } from '../../modules/network/functions';
import { useHost } from '../../modules/network/host';
import { LAN, PHY_W5500 } from '../../modules/network/lan';
import { PPP } from '../../modules/network/ppp';
import { openSockets, useSockets, type Context } from '../../modules/socket/context';
import * as dgram from '../../modules/socket/dgram';
import { useInterfaces } from '../../modules/socket/interfaces';
import * as net from '../../modules/socket/net';
import * as socket from '../../modules/socket/socket';
import { Clock } from '../helpers/clock';
import { OTHER_MAC, OUR_MAC, arpFrame, dhcpFrame, macBytes, see, type ServerSettings } from '../helpers/ethernet';
import { SimServer, SimStream, simulatedHost } from '../helpers/host';
import { addressText } from '../helpers/packets';
import { W5500Chip, spiOf } from '../helpers/w5500';

const FAR = '93.184.216.34';
/** By LAN we are 10.0.0.5, by PPP 10.64.0.2. */
const LAN_ADDRESS = '10.0.0.5';
const PPP_ADDRESS = '10.64.0.2';

class Bench {
  readonly clock = new Clock();
  readonly sim = simulatedHost(this.clock);
  readonly chip = new W5500Chip();
  readonly stream = new SimStream();
  readonly settings: Partial<ServerSettings> = {};
  readonly lan: InstanceType<typeof LAN>;
  readonly ppp: PPP;
  readonly server: SimServer;
  readonly context: Context;
  /** What left by the cable, as 'source > destination'; and connections that came to the modem's side, their sources. */
  readonly cable: string[] = [];
  readonly modem: string[] = [];
  readonly told: string[] = [];

  constructor(bound = true) {
    const { host } = this.sim;
    host._openSpi = () => spiOf(this.chip, true);
    this.chip.onSend = (bytes) => {
      const seen = see(bytes, this.clock.nowMs);
      const type = { discover: 2, request: 5 }[seen.what];
      if (type) {
        const reply = dhcpFrame(seen, type, this.settings, seen.from);
        this.clock.after(1, () => this.chip.feed(reply));
      }
      const asked = /^arp request (\S+) from/.exec(seen.what);
      if (asked) {
        const reply = arpFrame({
          to: OUR_MAC,
          operation: 'reply',
          senderMac: OTHER_MAC,
          sender: asked[1],
          targetMac: OUR_MAC,
          target: LAN_ADDRESS,
        });
        this.clock.after(1, () => this.chip.feed(reply));
      }
      if (seen.what.startsWith('ip ')) this.cable.push(seen.what.slice(3));
    };
    useHost(host);
    this.context = openSockets(host);
    useSockets(this.context);
    if (bound) useInterfaces(this.context);
    const mac = new Uint8Array(macBytes(OUR_MAC));
    this.lan = new LAN({ spi: {}, cs: 17, int: 21, phy_type: PHY_W5500, mac });
    this.ppp = new PPP(this.stream);
    this.server = new SimServer(this.clock, this.stream);
    this.server.stack._anyAddress = true;
    const nothing = (): void => {};
    const accepted: TcpHandler = {
      _connected: nothing,
      _data: nothing,
      _ended: nothing,
      _writable: nothing,
      _closed: nothing,
    };
    tcpListen(this.server.stack, 80, 8, (tcb) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(tcb._remoteAddress as number);
      this.modem.push(addressText(bytes));
      return accepted;
    });
  }

  pass(ms: number): this {
    this.clock.runTo(this.clock.nowMs + ms);
    return this;
  }

  cableUp(): this {
    this.lan.active(true);
    this.pass(3000);
    assert.ok(this.lan.isconnected());
    return this;
  }

  modemUp(): this {
    this.ppp.connect();
    assert.ok(this.clock.run(() => this.ppp.isconnected(), this.clock.nowMs + 20000));
    return this;
  }

  plug(on: boolean): this {
    this.chip.phy = on ? 0b111 : 0;
    return this.pass(3000);
  }

  /** Opens a connection, and says by which way its first segment went. */
  goes(options: object = {}, host = FAR): string {
    this.cable.length = this.modem.length = 0;
    const client = net.connect({ port: 80, host, ...options });
    client.on('error', (error?: { code: string }) => this.told.push(error!.code));
    this.pass(200);
    const byCable = this.cable.filter((line) => line.endsWith(`> ${host}`));
    client.destroy(new Error('enough'));
    this.pass(10);
    this.told.pop();
    return [
      ...new Set([
        ...byCable.map((line) => `cable ${line.split(' ')[0]}`),
        ...this.modem.map((from) => `modem ${from}`),
      ]),
    ].join();
  }

  /** One that stays; its errors are told. */
  keeps(name: string, options: object = {}): net.Socket {
    const client = net.connect({ port: 80, host: FAR, ...options });
    client.on('error', (error?: { code: string }) => this.told.push(`${name} ${error!.code}`));
    client.on('connect', () => this.told.push(`${name} connected`));
    this.pass(200);
    return client;
  }
}

const BY_CABLE = `cable ${LAN_ADDRESS}`;
const BY_MODEM = `modem ${PPP_ADDRESS}`;

test('the last that came up is the way out; what is in a network goes there', () => {
  const b = new Bench().cableUp();
  assert.equal(route(), [b.lan]);
  assert.is(b.goes(), BY_CABLE);
  b.modemUp();
  assert.equal(route(), [b.ppp, b.lan]);
  assert.is(b.goes(), BY_MODEM);
  assert.is(b.goes({}, '10.0.0.77'), BY_CABLE);
  assert.is(b.goes({}, '10.64.0.1'), BY_MODEM);
});

test('route(nic): that one is the way out while it is up; route(null) undoes it', () => {
  const b = new Bench().cableUp().modemUp();
  assert.is(route(b.lan), undefined);
  assert.equal(route(), [b.lan, b.ppp]);
  assert.is(b.goes(), BY_CABLE);
  assert.is(b.goes({}, '10.64.0.1'), BY_MODEM);
  route(null);
  assert.is(b.goes(), BY_MODEM);
  for (const wrong of [5, 'lan', {}, undefined]) {
    assert.throws(
      () => route(wrong),
      (error: Error) => error.name === 'ValueError' && error.message === 'no available NIC',
    );
  }
  assert.throws(
    () => (route as (...args: unknown[]) => unknown)(b.lan, b.ppp),
    (error: Error) => error.name === 'TypeError',
  );
});

test('fail-over: cable, modem, cable; sockets are told, and new ones find the way', () => {
  const b = new Bench().cableUp().modemUp();
  route(b.lan);
  assert.is(b.goes(), BY_CABLE);
  b.keeps('modem', { nic: b.ppp });
  assert.equal(b.told.splice(0), ['modem connected']);
  // The cable is pulled: what is new goes by the modem.
  b.plug(false);
  assert.equal(route(), [b.ppp]);
  assert.is(b.goes(), BY_MODEM);
  // It is back, with the same address: it is preferred again.
  b.plug(true);
  assert.equal(route(), [b.lan, b.ppp]);
  assert.is(b.goes(), BY_CABLE);
  assert.equal(b.told, []);
  // The modem goes: its connections hear of it, those of the cable do not.
  b.ppp.disconnect();
  b.pass(3000);
  assert.equal(b.told.splice(0), ['modem ENETDOWN']);
  assert.is(b.goes(), BY_CABLE);
  b.modemUp();
  assert.is(b.goes(), BY_CABLE);
  assert.is(b.goes({ nic: b.ppp }), BY_MODEM);
});

test('the cable is back with another address: connections from the old one end', () => {
  const b = new Bench().cableUp().modemUp();
  const client = net.connect({ port: 80, host: FAR, nic: b.lan });
  client.on('error', (error?: { code: string }) => b.told.push(error!.code));
  b.pass(100).plug(false);
  assert.equal(b.told, []);
  b.settings.address = '10.0.0.9';
  b.settings.nak = true;
  b.lan.ipconfig({ addr4: '10.0.0.9/24' });
  b.plug(true);
  assert.equal(b.told, ['ENETDOWN']);
});

test('bound to an interface, or to its address: that way or not at all', () => {
  const b = new Bench().cableUp().modemUp();
  assert.is(b.goes({ nic: b.lan }), BY_CABLE);
  assert.is(b.goes({ localAddress: LAN_ADDRESS }), BY_CABLE);
  assert.is(b.goes({ localAddress: PPP_ADDRESS }), BY_MODEM);
  b.keeps('nobody', { localAddress: '10.9.9.9' });
  assert.equal(b.told.splice(0), ['nobody EADDRNOTAVAIL']);
  b.plug(false);
  b.keeps('cable', { nic: b.lan });
  b.keeps('address', { localAddress: LAN_ADDRESS });
  assert.equal(b.told.splice(0), ['cable ENETUNREACH', 'address EADDRNOTAVAIL']);
});

test('MicroPython’s socket: SO_BINDTODEVICE; dgram: nic', () => {
  const b = new Bench().cableUp().modemUp();
  const s = socket.socket();
  s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b.lan);
  b.cable.length = 0;
  s.connect([FAR, 80], () => {});
  b.pass(200);
  assert.is(b.cable[0], `${LAN_ADDRESS} > ${FAR}`);
  s.close();
  const udp = dgram.createSocket({ type: 'udp4', nic: b.lan });
  b.cable.length = 0;
  udp.send('by cable', 9, FAR);
  b.pass(100);
  assert.equal(b.cable, [`${LAN_ADDRESS} > ${FAR}`]);
  const errors: string[] = [];
  b.plug(false);
  udp.send('no way', 9, FAR, (error) => void errors.push((error as { code?: string } | null)?.code ?? 'sent'));
  b.pass(100);
  assert.equal(errors, ['ENETUNREACH']);
});

test('a server of one interface sends those away who come by another', () => {
  const b = new Bench().cableUp().modemUp();
  const clients: string[] = [];
  net.createServer((client: net.Socket) => void clients.push(client.localAddress!)).listen({ port: 8080, nic: b.lan });
  net.createServer((client: net.Socket) => void clients.push(client.localAddress!)).listen({ port: 8081, nic: b.ppp });
  b.pass(10);
  const closed: number[] = [];
  for (const port of [8080, 8081]) {
    const nothing = (): void => {};
    const handler = {
      _connected: nothing,
      _data: nothing,
      _ended: nothing,
      _writable: nothing,
      _closed: (_t: unknown, e: number) => void closed.push(e),
    };
    tcpConnect(b.server.stack, 0x0a400002, port, handler as TcpHandler, b.server.now());
  }
  b.pass(2000);
  assert.equal(clients, [PPP_ADDRESS]);
  assert.equal(closed, [Errno.ECONNRESET]);
});

test('name servers: those of the default one first; of one that has gone none', () => {
  const b = new Bench().cableUp().modemUp();
  const servers = (): string[] =>
    nameServers(b.sim.host._resolver).map((one) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(one as number);
      return addressText(bytes);
    });
  assert.equal(servers(), ['10.64.0.53', '10.64.1.53', '10.0.0.53']);
  b.plug(false);
  assert.equal(servers(), ['10.64.0.53', '10.64.1.53']);
});

test('where sockets cannot be bound, they say so', () => {
  const b = new Bench(false).cableUp();
  for (const act of [
    () => net.connect({ port: 80, host: FAR, nic: b.lan }),
    () => dgram.createSocket({ type: 'udp4', nic: b.lan }),
    () => socket.socket().setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b.lan),
  ]) {
    assert.throws(act, (error: { errno: number }) => error.errno === 95);
  }
});

test.run();
