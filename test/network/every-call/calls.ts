/**
 * Every call that MicroPython's pages of class PPP and of the network module name, and OpenMV's page about bringing a link
 * up, by what it is called on: how it is written here, and how it is tried.
 */

import type { Clock } from '../../helpers/clock';

export interface Nic {
  active(on?: boolean, done?: (error: unknown) => void): unknown;
  connect(...args: unknown[]): unknown;
  disconnect(): unknown;
  isconnected(): unknown;
  scan(...args: unknown[]): unknown;
  status(param?: string): unknown;
  config(param: unknown): unknown;
  ipconfig(param: unknown): unknown;
  ifconfig(config?: unknown): unknown;
  poll(): unknown;
}

export interface Net {
  [name: string]: unknown;
  country(...args: unknown[]): unknown;
  hostname(...args: unknown[]): unknown;
  ipconfig(param: unknown): unknown;
  phy_mode(...args: unknown[]): unknown;
  route(...args: unknown[]): unknown;
}

/** What a target lends to try them. */
export interface World {
  net: Net;
  clock: Clock;
  /** 'PPP', 'WLAN' (a station on a network), 'WLAN, AP' (on the air), 'LAN' (with an address): made anew. Throws where there is none. */
  nic(kind: Kind): Nic;
  /** Arguments for constructors. */
  stream(): unknown;
  spi(): unknown;
}

export type Kind = 'PPP' | 'WLAN' | 'WLAN, AP' | 'LAN';
export const KINDS: Kind[] = ['PPP', 'WLAN', 'WLAN, AP', 'LAN'];

/** Of the interfaces, AbstractNIC's; each is tried on each kind. */
export const NIC_CALLS: Record<string, (nic: Nic) => unknown> = {
  'active()': (nic) => nic.active(),
  'active(true)': (nic) => nic.active(true),
  'active(false)': (nic) => nic.active(false),
  'connect(ssid, key)': (nic) => nic.connect('home', 'secret42'),
  'connect(ssid, key, {bssid})': (nic) =>
    nic.connect('home', 'secret42', { bssid: Uint8Array.of(2, 0x11, 0x22, 0x33, 0x44, 0x55) }),
  'connect(ssid, key, {timeout})': (nic) => nic.connect('home', 'secret42', { timeout: 10000 }),
  'connect()': (nic) => nic.connect(),
  'connect({security, user, key})': (nic) => nic.connect({ security: 1, user: 'me', key: 'secret' }),
  'disconnect()': (nic) => nic.disconnect(),
  'isconnected()': (nic) => nic.isconnected(),
  'scan(done)': (nic) => nic.scan(() => {}),
  'scan({ssid}, done)': (nic) => nic.scan({ ssid: 'home' }, () => {}),
  'status()': (nic) => nic.status(),
  "status('rssi')": (nic) => nic.status('rssi'),
  "status('stations')": (nic) => nic.status('stations'),
  'ifconfig()': (nic) => nic.ifconfig(),
  'ifconfig([ip, mask, gw, dns])': (nic) => nic.ifconfig(['10.0.0.7', '255.255.255.0', '10.0.0.1', '10.0.0.1']),
  "ifconfig('dhcp')": (nic) => nic.ifconfig('dhcp'),
  ...Object.fromEntries(
    ['dhcp4', 'has_dhcp4', 'gw4', 'dhcp6', 'autoconf6', 'has_autoconf6', 'addr4', 'addr6'].map((key) => [
      `ipconfig('${key}')`,
      (nic: Nic) => nic.ipconfig(key),
    ]),
  ),
  'ipconfig({dhcp4: true})': (nic) => nic.ipconfig({ dhcp4: true }),
  'ipconfig({dhcp4: false})': (nic) => nic.ipconfig({ dhcp4: false }),
  'ipconfig({gw4})': (nic) => nic.ipconfig({ gw4: '10.0.0.1' }),
  'ipconfig({dhcp6})': (nic) => nic.ipconfig({ dhcp6: true }),
  'ipconfig({autoconf6})': (nic) => nic.ipconfig({ autoconf6: true }),
  "ipconfig({addr4: 'a.b.c.d/nn'})": (nic) => nic.ipconfig({ addr4: '10.0.0.7/24' }),
  'ipconfig({addr4: [ip, mask]})': (nic) => nic.ipconfig({ addr4: ['10.0.0.7', '255.255.255.0'] }),
  'ipconfig({addr6})': (nic) => nic.ipconfig({ addr6: 'fe80::1234:5678' }),
  "config('stream')": (nic) => nic.config('stream'),
  'config({stream})': (nic) => nic.config({ stream: null }),
  ...Object.fromEntries(
    ['ssid', 'channel', 'hidden', 'security', 'hostname', 'reconnects', 'txpower', 'pm', 'mac', 'bssid'].map((key) => [
      `config('${key}')`,
      (nic: Nic) => nic.config(key),
    ]),
  ),
  'config({ssid, channel})': (nic) => nic.config({ ssid: 'My AP', channel: 11 }),
  'config({ssid})': (nic) => nic.config({ ssid: 'My AP' }),
  'config({key})': (nic) => nic.config({ key: 'secret42' }),
  'config({security})': (nic) => nic.config({ key: 'secret42', security: 3 }),
  'config({hidden})': (nic) => nic.config({ hidden: true }),
  'config({hostname})': (nic) => nic.config({ hostname: 'kitchen' }),
  'config({reconnects})': (nic) => nic.config({ reconnects: 3 }),
  'config({txpower})': (nic) => nic.config({ txpower: 8 }),
  'config({pm})': (nic) => nic.config({ pm: 0 }),
  'config({mac})': (nic) => nic.config({ mac: Uint8Array.of(2, 0, 0, 0, 0, 9) }),
  'poll()': (nic) => nic.poll(),
};

const make = (net: Net, name: string, ...args: unknown[]): unknown =>
  new (net[name] as new (...args: unknown[]) => unknown)(...args);

/** Of the module itself. */
export const MODULE_CALLS: Record<string, (world: World) => unknown> = {
  'new PPP(stream)': ({ net, stream }) => make(net, 'PPP', stream()),
  'new WLAN(WLAN.IF_STA)': ({ net }) => make(net, 'WLAN', 0),
  'new WLAN(WLAN.IF_AP)': ({ net }) => make(net, 'WLAN', 1),
  'new WLANWiPy(0)': ({ net }) => make(net, 'WLANWiPy', 0),
  'new LAN()': ({ net }) => make(net, 'LAN'),
  'new LAN({spi, cs, phy_type: PHY_W5500})': ({ net, spi }) => make(net, 'LAN', { spi: spi(), cs: 17, phy_type: 102 }),
  'new LAN({mdc, mdio, phy_type, phy_addr})': ({ net }) =>
    make(net, 'LAN', { mdc: 23, mdio: 18, phy_type: 1, phy_addr: 0 }),
  'new WIZNET5K(spi, cs, rst)': ({ net, spi }) => make(net, 'WIZNET5K', spi(), 17, 20),
  'new USBD_NCM()': ({ net }) => make(net, 'USBD_NCM'),
  'country()': ({ net }) => net.country(),
  'country(code)': ({ net }) => net.country('NL'),
  'hostname()': ({ net }) => net.hostname(),
  'hostname(name)': ({ net }) => net.hostname('kitchen'),
  "ipconfig('dns')": ({ net }) => net.ipconfig('dns'),
  'ipconfig({dns})': ({ net }) => net.ipconfig({ dns: '9.9.9.9' }),
  "ipconfig('prefer')": ({ net }) => net.ipconfig('prefer'),
  'ipconfig({prefer})': ({ net }) => net.ipconfig({ prefer: 4 }),
  'phy_mode()': ({ net }) => net.phy_mode(),
  'phy_mode(mode)': ({ net }) => net.phy_mode(2),
  'route()': ({ net }) => net.route(),
  'route(nic)': ({ net, stream }) => net.route(make(net, 'PPP', stream())),
};

/** Constants by where they are, with MicroPython's numbers. */
export const CONSTANTS: Record<string, Record<string, number>> = {
  PPP: { SEC_NONE: 0, SEC_PAP: 1, SEC_CHAP: 2 },
  WLAN: {
    IF_STA: 0,
    IF_AP: 1,
    SEC_OPEN: 0,
    SEC_WEP: 1,
    SEC_WPA: 2,
    SEC_WPA2: 3,
    SEC_WPA_WPA2: 4,
    SEC_WPA2_ENT: 5,
    SEC_WPA3: 6,
    SEC_WPA2_WPA3: 7,
    SEC_WAPI: 8,
    SEC_OWE: 9,
    PM_NONE: 0,
    PM_PERFORMANCE: 1,
    PM_POWERSAVE: 2,
    STAT_IDLE: 1000,
    STAT_CONNECTING: 1001,
    STAT_GOT_IP: 1010,
    STAT_BEACON_TIMEOUT: 200,
    STAT_NO_AP_FOUND: 201,
    STAT_WRONG_PASSWORD: 202,
    STAT_ASSOC_FAIL: 203,
    STAT_CONNECT_FAIL: 203,
    STAT_HANDSHAKE_TIMEOUT: 204,
  },
  network: { MODE_11B: 1, MODE_11G: 2, MODE_11N: 3, STA_IF: 0, AP_IF: 1, STAT_GOT_IP: 1010, PHY_W5500: 102 },
};

type Args = (...args: unknown[]) => unknown;

/** What a caller does wrong, and what MicroPython says: of the module, and of every interface. */
export const MODULE_MISTAKES: [call: string, run: (net: Net) => unknown, error: string][] = [
  ["country('N')", (net) => net.country('N'), 'ValueError: '],
  ['country(1, 2)', (net) => net.country('NL', 'DE'), 'TypeError: function takes at most one argument'],
  ['hostname of 33 characters', (net) => net.hostname('x'.repeat(33)), 'ValueError: '],
  ['hostname(1, 2)', (net) => net.hostname('a', 'b'), 'TypeError: function takes at most one argument'],
  ['ipconfig()', (net) => (net.ipconfig as Args)(), 'TypeError: must query one param'],
  ["ipconfig('dns', {})", (net) => (net.ipconfig as Args)('dns', {}), "TypeError: can't specify pos and kw args"],
  ["ipconfig('none')", (net) => net.ipconfig('none'), 'ValueError: unexpected key'],
  ['ipconfig({none})', (net) => net.ipconfig({ none: 1 }), 'ValueError: unexpected key'],
  ["ipconfig({dns: 'x'})", (net) => net.ipconfig({ dns: 'x' }), 'ValueError: invalid arguments as dns server'],
  ['ipconfig({prefer: 5})', (net) => net.ipconfig({ prefer: 5 }), 'ValueError: invalid prefer argument'],
  ['phy_mode(9)', (net) => net.phy_mode(9), 'ValueError: invalid mode'],
];

export const NIC_MISTAKES: [call: string, run: (nic: Nic) => unknown, error: RegExp][] = [
  ['config()', (nic) => (nic.config as Args)(), /^TypeError: (must query one param|can query only one param)$/],
  [
    "config('a', {})",
    (nic) => (nic.config as Args)('a', {}),
    /^TypeError: (can't specify pos and kw args|either pos or kw args are allowed)$/,
  ],
  ["config('none')", (nic) => nic.config('none'), /^ValueError: unknown config param$/],
  ['config({none})', (nic) => nic.config({ none: 1 }), /^ValueError: unknown config param$/],
  ['ipconfig()', (nic) => (nic.ipconfig as Args)(), /^TypeError: must query one param$/],
  ["ipconfig('a', {})", (nic) => (nic.ipconfig as Args)('a', {}), /^TypeError: can't specify pos and kw args$/],
  ["ipconfig('none')", (nic) => nic.ipconfig('none'), /^ValueError: unexpected key$/],
  ['ipconfig({none})', (nic) => nic.ipconfig({ none: 1 }), /^ValueError: unexpected key$/],
  ["status('none')", (nic) => nic.status('none'), /^ValueError: unknown status param$/],
  ['ifconfig of three', (nic) => nic.ifconfig(['1.1.1.1', '255.0.0.0', '1.1.1.2']), /^ValueError: invalid arguments$/],
];
