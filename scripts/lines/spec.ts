/** The names of lines: what `--line` and its like take. */

import { LineError } from './error';

export type LineSpec =
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'tcp-listen'; host: string; port: number }
  | { kind: 'unix'; path: string }
  | { kind: 'unix-listen'; path: string }
  | { kind: 'exec'; command: string }
  | { kind: 'exec-pty'; command: string }
  | { kind: 'pty' }
  /** `namespace` is one of `ip netns`; without it this process's own. */
  | { kind: 'tun'; device: string; namespace?: string }
  | { kind: 'serial'; path: string };

const USAGE =
  'say tcp:HOST:PORT, tcp-listen:PORT, unix:PATH, unix-listen:PATH, exec:COMMAND, exec-pty:COMMAND, pty, ' +
  'tun:NAME, or the path of a serial device such as /dev/ttyUSB0 or COM3';

/** Absolute or relative with a dot, COM3, \\.\COM12. */
const DEVICE_PATH = /^(\.{0,2}\/|COM\d+$|\\\\\.\\)/i;

/** What Linux takes as the name of a network device: up to 15 octets. */
const TUN_NAME = /^(?:([\w.-]+)\/)?([\w.-]{1,15})$/;

/** @throws LineError when `spec` names no line */
export function parseLineSpec(spec: string): LineSpec {
  if (spec === 'pty') return { kind: 'pty' };
  if (DEVICE_PATH.test(spec)) return { kind: 'serial', path: spec };

  const colon = spec.indexOf(':');
  const kind = colon < 0 ? spec : spec.slice(0, colon);
  const rest = colon < 0 ? '' : spec.slice(colon + 1);
  switch (kind) {
    case 'tcp':
      return { kind, ...parseHostPort(spec, rest, undefined) };
    case 'tcp-listen':
      return { kind, ...parseHostPort(spec, rest, '127.0.0.1') };
    case 'unix':
    case 'unix-listen':
      if (rest === '') throw new LineError(`'${spec}' lacks the path of a socket: say ${kind}:PATH`);
      return { kind, path: rest };
    case 'exec':
    case 'exec-pty':
      if (rest.trim() === '') throw new LineError(`'${spec}' lacks a command: say ${kind}:COMMAND`);
      return { kind, command: rest };
    case 'tun': {
      const [, namespace, device] = TUN_NAME.exec(rest) ?? [];
      if (device === undefined) {
        throw new LineError(`'${spec}' is not tun:NAME or tun:NAMESPACE/NAME with a NAME of 1 to 15 characters`);
      }
      return namespace === undefined ? { kind, device } : { kind, device, namespace };
    }
    default:
      throw new LineError(`'${spec}' is no line: ${USAGE}`);
  }
}

/** HOST:PORT, [IPV6]:PORT, or PORT alone when there is a default host. */
function parseHostPort(spec: string, text: string, defaultHost: string | undefined): { host: string; port: number } {
  const match = /^(?:(?:\[([0-9a-f:.%\w]+)\]|([^:[\]]+)):)?(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2] ?? defaultHost;
  const port = Number(match?.[3]);
  const lowestPort = defaultHost === undefined ? 1 : 0; // listening on port 0 means any free one
  if (host === undefined || !(port >= lowestPort && port <= 65535)) {
    const form = defaultHost === undefined ? 'tcp:HOST:PORT' : 'tcp-listen:PORT or tcp-listen:HOST:PORT';
    throw new LineError(`'${spec}' is not ${form} with a port up to 65535; an IPv6 address goes into brackets`);
  }
  return { host, port };
}

/** HOST:PORT with an IPv6 address in brackets. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
