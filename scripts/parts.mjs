// What each optional part adds to the basic bundle for Kaluma, and what leaving it out of all of them saves: an entry with
// and without it, by a quicker pipeline than the bundles', so the bytes are a few per cent above theirs.

import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { minify } from 'terser';
import { MAP, PRIVATE } from './minify.mjs';
import { firmwareModules } from './bundles.mjs';

const BASE = "export * from './board-targets/kaluma-rp2/ppp';";

/** What an entry says to have a part. */
export const PARTS = {
  net: "export * as net from './modules/socket/net';",
  'http, client': "export { request, get, Agent } from './modules/socket/http-client';",
  'http, server': "export { createServer } from './modules/socket/http-server';",
  dgram: "export * as dgram from './modules/socket/dgram';",
  'dns, names': "export * as dns from './modules/socket/dns';",
  socket: "export * as socket from './modules/socket/socket';",
  ntptime: "export { ntptime } from './modules/socket/ntptime';",
  MSCHAPv2: "export { enableMschap } from './modules/network/ppp-options';",
  'VJ headers': "export { useVjOption } from './modules/network/ppp-options';",
  IPV6CP: "export { useIpv6Option } from './modules/network/ppp-options';",
  'IPv6, with IPV6CP': "export { useIpv6 } from './modules/network/ipv6';",
  'IPv6 on Ethernet': "export { useEthernet6 } from './modules/network/ethernet6';",
  'sockets by interface': "export { useInterfaces } from './modules/socket/interfaces';",
  'line speed': "export { useLineSpeed } from './modules/network/line-speed';",
  'keep-alive':
    "export { useKeepalive } from './modules/inet/keepalive'; export { useKeepAlives } from './modules/socket/keepalive';",
  'user time-out': "export { useUserTimeout } from './modules/inet/user-timeout';",
  mDNS: "export { useMdns } from './modules/network/mdns';",
  'connect timeout': "export { useTimeoutOption } from './modules/network/ppp-options';",
  WLAN: "export { WLAN } from './board-targets/kaluma-rp2/wlan';",
  WLANWiPy: "export { WLANWiPy } from './modules/network/wlan-wipy';",
  'LAN, WIZNET5K': "export { LAN, WIZNET5K } from './board-targets/kaluma-rp2/nics';",
  'country to route': "export { country, hostname, ipconfig, phy_mode, route } from './board-targets/kaluma-rp2/nics';",
  ping: "export { ping } from './modules/socket/ping';",
};

/** Bytes of an entry. */
async function bytesOf(contents) {
  const { names, keep } = JSON.parse(readFileSync(MAP, 'utf8'));
  const props = Object.fromEntries(Object.entries(names).map(([name, short]) => ['$' + name, short]));
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: '.', loader: 'ts' },
    bundle: true,
    write: false,
    format: 'cjs',
    target: 'es2017',
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    external: firmwareModules.kaluma,
    logLevel: 'error',
  });
  const { code } = await minify(outputFiles[0].text, {
    ecma: 5,
    toplevel: true,
    compress: { ecma: 5, pure_getters: true, hoist_funs: false, reduce_funcs: false, inline: 1 },
    mangle: { toplevel: true, properties: { regex: PRIVATE, reserved: keep } },
    nameCache: { vars: { props: {} }, props: { props } },
    format: { ecma: 5, comments: false, ascii_only: true },
  });
  return code.length;
}

/** `[{ part, alone, saved }]`: bytes it adds to the basic bundle, and bytes that all parts are shorter without it. */
export async function measureParts(parts = PARTS) {
  const entry = (names) => [BASE, ...names.map((name) => parts[name])].join('\n');
  const all = Object.keys(parts);
  const base = await bytesOf(entry([]));
  const whole = await bytesOf(entry(all));
  const rows = [];
  for (const part of all) {
    rows.push({
      part,
      alone: (await bytesOf(entry([part]))) - base,
      saved: whole - (await bytesOf(entry(all.filter((name) => name !== part)))),
    });
  }
  return { base, whole, rows };
}

export function partsTable({ base, whole, rows }) {
  const number = (n) => n.toLocaleString('en-US');
  const lines = [
    ['optional part', 'added alone', 'saved without'],
    ...rows.map((row) => [row.part, number(row.alone), number(row.saved)]),
    ['all of them', number(whole - base), ''],
  ];
  return lines
    .map(([name, ...cells]) => (name.padEnd(22) + cells.map((cell) => cell.padStart(15)).join('')).trimEnd())
    .join('\n');
}
