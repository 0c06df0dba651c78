/** The parts that are loaded behind a bundle for Kaluma, as they are shipped: each behind each, and what it does there. */

import { createContext, runInContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { boardBundles, parts } from '../../scripts/bundles.mjs';
import { useIpv6cp } from '../../modules/ppp/ipv6cp';
import { linkClose, linkOpen, linkSend } from '../../modules/ppp/link';
import { useVj } from '../../modules/ppp/vj';
import { FIRMWARE, bundleText } from '../helpers/flashed';
import { FlashedBoard, bundle, part } from '../helpers/flashed-board';
import { icmpPacket, parseIcmp } from '../helpers/packets';

const test = suite('parts behind a bundle');

const BUNDLES = 'ppp ppp-full network socket http ethernet wifi'.split(' ');
const PARTS = Object.keys(parts);
const WITH_PPP = BUNDLES.filter((name) => !['ethernet', 'wifi'].includes(name));
const WITH_LAN = ['network', 'ethernet'];
const WITH_WLAN = ['network', 'wifi'];

/** The bundles that a part goes behind. */
const GOES: Record<string, string[]> = {
  reconnect: WITH_PPP,
  probe: WITH_PPP,
  timeout: WITH_PPP,
  vj: WITH_PPP,
  ipv6cp: WITH_PPP,
  ping: [...WITH_PPP, 'ethernet'],
  route: BUNDLES,
  scan: WITH_WLAN,
  wipy: WITH_WLAN,
  ipv6: WITH_PPP,
  lan6: WITH_LAN,
  keepalive: ['http', 'socket'],
  mschap: WITH_PPP,
  mdns: WITH_PPP,
};

/** What a program sees of the bundle in front: names of the module, of its classes, of a PPP object's config(). */
const SURFACE = `JSON.stringify([
  Object.keys(network).sort(),
  ['PPP', 'WLAN', 'LAN'].map(function (name) { return network[name] ? Object.keys(network[name].prototype).sort() : []; }),
  process.builtin_modules
])`;

test('every part that is built is tried here', () => {
  assert.equal(Object.keys(GOES).sort(), [...PARTS].sort());
  const built = boardBundles.map(({ file }) => file).filter((file) => /^dist\/kaluma\/[^/]+$/.test(file));
  assert.equal(built.sort(), BUNDLES.map(bundle).sort());
});

for (const name of PARTS) {
  test(`${name}: without a bundle, an error that says what is missing`, () => {
    const context = createContext({});
    runInContext(FIRMWARE, context);
    const before = runInContext('Object.keys(this).join()', context) as string;
    assert.throws(
      () => runInContext(bundleText(part(name)), context),
      new RegExp(`^micronic: parts/${name}\\.js goes behind a bundle with (PPP|LAN|WLAN|net)`),
    );
    assert.is(runInContext('Object.keys(this).join()', context), before);
  });

  test(`${name}: an error behind a bundle of another version`, () => {
    const context = createContext({});
    runInContext(FIRMWARE, context);
    // Its classes have the host by another name.
    runInContext(
      `function C() {} C.zz = {};
      process.builtin_modules.push('micronic');
      process.getBuiltinModule = function () {
        return function (e, r, module) { module.exports = { PPP: C, LAN: C, WLAN: C, net: C }; };
      };`,
      context,
    );
    assert.throws(() => runInContext(bundleText(part(name)), context), /, of its version$/);
  });

  for (const front of BUNDLES) {
    const goes = GOES[name].includes(front);
    test(`${name} behind ${front}.js: ${goes ? 'once is as good as twice' : 'an error, and nothing has changed'}`, () => {
      if (!goes) {
        const { context } = new FlashedBoard([bundle(front)]);
        const before = runInContext(SURFACE, context) as string;
        assert.throws(() => runInContext(bundleText(part(name)), context), /micronic: parts\/.*goes behind a bundle/);
        assert.is(runInContext(SURFACE, context), before);
        return;
      }
      const once = new FlashedBoard([bundle(front), part(name)]);
      const twice = new FlashedBoard([bundle(front), part(name), part(name)]);
      assert.is(twice.run(SURFACE), once.run(SURFACE));
      const settings = { reconnect: ['reconnects', 'holdoff'], ipv6cp: ['ipv6'], ipv6: ['ipv6'], mdns: [], mschap: [] }[
        name
      ] ?? [name];
      for (const setting of GOES[name] === WITH_PPP ? settings : []) {
        twice.run(`ppp.config({ ${setting}: 7 })`);
        assert.is(twice.run(`ppp.config('${setting}')`), 7);
      }
    });
  }
}

for (const front of WITH_PPP) {
  const others = PARTS.filter((name) => GOES[name].includes(front)).map(part);

  test(`${front}.js with all of its parts: a link that fails comes back, with the credentials it had`, () => {
    const board = new FlashedBoard([bundle(front), ...others], { auth: 'chap' });
    board.run(`
      ppp.config({ reconnects: 1, holdoff: 500 });
      var credentials = { security: network.PPP.SEC_CHAP, user: 'me', key: 'secret' };
      ppp.connect(credentials, function (error) { told.push('heard ' + error); });
      credentials.key = 'another';`);
    board.reaches('ppp.isconnected()', 2000);
    board.context.told.length = 0;
    // The peer goes, and is there again.
    linkClose(board.server, board.nowMs);
    board.until("told.indexOf('error terminated') >= 0", 5000);
    linkOpen(board.server, board.nowMs);
    board.reaches('ppp.isconnected()', 5000);
    assert.equal(Array.from(board.context.told), [
      'terminate',
      'dead',
      'error terminated',
      'establish',
      'authenticate',
      'network',
      'running',
    ]);
  });
}

test('reconnect, loaded twice and behind what has it: one try, not two', () => {
  for (const front of ['ppp', 'ppp-full', 'socket']) {
    const board = new FlashedBoard([bundle(front), part('reconnect'), part('reconnect')]);
    board.cut = true;
    board.run('ppp.config({ reconnects: 1, holdoff: 100 }); ppp.connect();');
    board.until('false', 120000);
    assert.equal(
      Array.from(board.context.told).filter((what) => /error/.test(what)),
      ['error no-answer', 'error no-answer'],
      front,
    );
  }
});

test('probe: a network behind the modem that is gone', () => {
  const board = new FlashedBoard([bundle('network'), part('probe')]);
  board.run('ppp.config({ probe: 1000 }); ppp.connect();');
  board.reaches('ppp.isconnected()', 2000);
  const { packets } = board.pair.server;
  board.reaches("ppp.status('reason') === 'peer-dead'", 10000);
  // To the name server that the peer has told.
  assert.equal(
    packets.map((packet) => [...packet.subarray(16, 20), packet[9], packet[23]].join('.')),
    Array(3).fill('10.0.0.3.17.53'),
  );
});

test('timeout: the whole of a connect', () => {
  const board = new FlashedBoard([bundle('ppp'), part('timeout')]);
  board.cut = true;
  board.run('ppp.config({ timeout: 3000 }); ppp.connect();');
  board.until('false', 2900);
  assert.is(board.run('ppp.status()'), 3);
  board.reaches("ppp.status('reason') === 'no-answer'", 200);
});

test('vj: agreed on for both ways, and packets pass', () => {
  const board = new FlashedBoard([bundle('ppp'), part('vj')]);
  const vj = useVj(board.server);
  board.run('ppp.config({ vj: 1 }); ppp.connect();');
  board.reaches('ppp.isconnected()', 2000);
  assert.ok(vj._sender && vj._receiver);
  board.run("global.__netdev.connect(global.__netdev.socket('INET', 'STREAM'), '10.0.0.1', 80);");
  board.until('false', 50);
  assert.equal(
    board.pair.server.packets.map((packet) => [packet[9], packet[33]]),
    [[6, 2]],
    'a SYN of TCP',
  );
});

test('ipv6cp: identifiers are agreed on', () => {
  const board = new FlashedBoard([bundle('network'), part('ipv6cp')]);
  const ipv6cp = useIpv6cp(board.server);
  board.run('ppp.config({ ipv6: 1 }); ppp.connect();');
  board.reaches('ppp.isconnected()', 2000);
  board.until('false', 1000);
  assert.ok(ipv6cp._up);
  assert.not.equal([ipv6cp._peerHigh, ipv6cp._peerLow], [0, 0]);
});

for (const front of ['ppp', 'network', 'http']) {
  test(`ping behind ${front}.js: an answer, and none`, () => {
    const board = new FlashedBoard([bundle(front), part('ping')]);
    board.run('ppp.connect();');
    board.reaches('ppp.isconnected()', 2000);
    board.run(`
      network.ping('10.0.0.9', function (error, ms) { told.push('ping ' + error + ' ' + ms); });
      network.ping('10.0.0.8', { timeout: 700, size: 8 }, function (error) { told.push('ping ' + error.code); });`);
    board.until('false', 40);
    const requests = board.pair.server.packets.map(parseIcmp);
    assert.equal(
      requests.map(({ type, destination, data }) => [type, destination, data.length]),
      [
        [8, '10.0.0.9', 56],
        [8, '10.0.0.8', 8],
      ],
    );
    const { source, destination, rest, data } = requests[0];
    const reply = new Uint8Array(icmpPacket({ source: destination, destination: source, type: 0, rest, data }));
    linkSend(board.server, reply, 0, reply.length, board.nowMs);
    board.reaches("told.indexOf('ping ETIMEDOUT') >= 0", 1000);
    const answered = Array.from(board.context.told).filter((what) => /^ping null/.test(what));
    assert.is(answered.length, 1);
    assert.match(answered[0], /^ping null [1-9]\d$/);
    assert.throws(() => board.run("network.ping('10.0.0.9')"), /callback expected/);
  });
}

test('route: an interface becomes the way out', () => {
  const board = new FlashedBoard([bundle('network'), part('route')]);
  board.run('ppp.connect();');
  board.reaches('ppp.isconnected()', 2000);
  assert.is(board.run('network.route().length === 1 && network.route()[0] === ppp'), true);
  assert.is(board.run('network.route(ppp)'), undefined);
  assert.is(board.run('network.route(null)'), undefined);
  assert.throws(() => board.run('network.route({})'), /no available NIC/);
  assert.throws(() => board.run('network.route(ppp, ppp)'), /at most one argument/);
});

for (const front of WITH_WLAN) {
  test(`scan behind ${front}.js: networks with what is asked for`, () => {
    const board = new FlashedBoard([bundle(front), part('scan')]);
    const scan = (wanted: string): string => {
      board.run(`
        var found = null, wlan = new network.WLAN(network.WLAN.IF_STA);
        wlan.active(true);
        wlan.scan(${wanted}function (error, list) { found = list.map(function (one) { return one[3]; }).join(); });`);
      board.until('found !== null', 1000);
      return board.run<string>('found');
    };
    assert.is(scan(''), '-50,-70,-71');
    assert.is(scan('{},'), '-50,-70,-71');
    assert.is(scan("{ ssid: 'home' },"), '-50,-70');
    assert.is(scan('{ channel: 11 },'), '-70,-71');
    assert.is(scan("{ ssid: 'home', channel: 11, bssid: null },"), '-70');
    assert.is(scan('{ security: network.WLAN.SEC_OPEN },'), '-71');
    assert.is(scan('{ bssid: new Uint8Array([2, 0x11, 0x22, 0x33, 0x44, 0x56]) },'), '-70');
    assert.is(scan("{ ssid: 'nobody' },"), '');
    assert.throws(() => scan('{ rssi: -50 },'), /unexpected argument rssi/);
    assert.throws(() => scan('{ channel: 1.5 },'), /invalid channel/);
    assert.throws(() => scan("{ ssid: '' },"), /invalid ssid/);
    assert.throws(() => scan('{ bssid: [1] },'), /invalid bssid/);
    assert.throws(() => scan("'home',"), /function expected/);
    assert.throws(() => board.run("wlan.scan({ ssid: 'home' })"), /function expected/);
  });
}

test('wipy: the WiPy’s face on the class of the bundle', () => {
  const board = new FlashedBoard([bundle('network'), part('wipy')]);
  board.run(`
    var found = null, wipy = new network.WLANWiPy(0, network.WLANWiPy.STA);
    wipy.scan(function (error, list) { found = list; });`);
  board.reaches('found !== null', 1000);
  assert.is(board.run('found[0].ssid + found[0].rssi'), 'home-50');
  assert.is(board.run('new network.WLAN(network.WLAN.IF_STA).active()'), true);
  assert.throws(() => board.run('wipy.antenna(1)'), /ENOTSUP/);
});

test('as modules of somebody’s bundler: behind the one that is required first', () => {
  const context = createContext({});
  runInContext(FIRMWARE, context);
  const load = (file: string): unknown =>
    runInContext(
      `(function () { var module = { exports: {} }; (function (exports, require, module) {
      ${bundleText(file)}
    })(module.exports, require, module); return module.exports; })()`,
      context,
    );
  const first = load(bundle('network')) as Record<string, unknown>;
  load(part('wipy'));
  assert.type(first.WLANWiPy, 'function');
  assert.is(runInContext("require('network').WLANWiPy", context), first.WLANWiPy);
});

test.run();
