/** The values of options and arguments, checked before anything is opened. */

import type { Auth } from '../gateway/options';
import { parseIpv4 } from '../../modules/wire/addr';
import { targets } from '../bundle/targets';
import { LineError } from '../lines/error';
import { parseLineSpec } from '../lines/spec';
import { usageError } from './failure';

/** For --help. */
export const LINE_FORMS = `
LINE is one of:
  tcp:HOST:PORT             connects
  tcp-listen:[HOST:]PORT    waits for a peer, on 127.0.0.1 when no host is said
  unix:PATH                 connects to a socket in the file system
  unix-listen:PATH          waits for a peer there
  exec:COMMAND              standard input and output of a command
  exec-pty:COMMAND          the same on a terminal of its own
  pty                       makes a pseudo terminal and prints its name
  tun:[NETNS/]NAME          IP packets without PPP, to a TUN device of Linux
  /dev/ttyUSB0, COM3        a serial device, at --baud
`;

/** What commander calls a parser; it throws a CommandError. */
type Parser<T> = (text: string) => T;

export const line: Parser<string> = (text) => {
  try {
    parseLineSpec(text);
    return text;
  } catch (error) {
    throw error instanceof LineError ? usageError(error.message) : error;
  }
};

function numberWithin(min: number, max: number, what: string): Parser<number> {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      throw usageError(`'${text}' is not ${what}`);
    }
    return value;
  };
}

export const baud = numberWithin(50, 20e6, 'a speed in bits per second, from 50 to 20000000');
/** What config({timeout}) takes, in seconds. */
export const timeout = numberWithin(0.1, 30000, 'a number of seconds, from 0.1 to 30000');
export const seconds = numberWithin(0, 2e6, 'a number of seconds, from 0 to 2000000');

/** For --help. */
export const PARTS = [...new Set(Object.values(targets).flatMap((one) => one.parts))].join(', ');

/** What they are is for who uses them to say. */
export const names: Parser<string[]> = (text) => text.split(',').map((name) => name.trim());

export const url: Parser<URL> = (text) => {
  if (!URL.canParse(text)) {
    throw usageError(`'${text}' is no URL: say http://HOST/PATH`);
  }
  const parsed = new URL(text);
  if (parsed.protocol === 'https:') {
    throw usageError(`'${text}' is an https: URL, which is not supported yet: ask for the http: one`);
  }
  if (parsed.protocol !== 'http:') {
    throw usageError(`'${text}' is a ${parsed.protocol} URL, and only http: ones are supported`);
  }
  return parsed;
};

export const ipv4: Parser<string> = (text) => {
  if (parseIpv4(text) < 0) {
    throw usageError(`'${text}' is no IPv4 address`);
  }
  return text;
};

export const TARGETS = Object.keys(targets).join(', ');

export const target: Parser<string> = (text) => {
  if (!Object.hasOwn(targets, text)) {
    throw usageError(`'${text}' is no target: say ${TARGETS}`);
  }
  return text;
};

export interface Credentials {
  auth?: Auth;
  user?: string;
  key?: string;
  secret?: string;
}

/** --secret USER:KEY is short for the two. */
export function credentials({ auth, user, key, secret }: Credentials): { user?: string; key?: string } {
  if (secret !== undefined) {
    const colon = secret.indexOf(':');
    if (user !== undefined || key !== undefined || colon < 1) {
      throw usageError('--secret is USER:KEY, and instead of --user and --key');
    }
    user = secret.slice(0, colon);
    key = secret.slice(colon + 1);
  }
  if ((user === undefined) !== (key === undefined)) {
    throw usageError(user === undefined ? '--key goes with --user' : '--user goes with --key');
  }
  if (user === '' || Buffer.byteLength(user ?? '') > 255 || Buffer.byteLength(key ?? '') > 255) {
    throw usageError('user and key are of 1 to 255 bytes');
  }
  if (auth === 'none' && user !== undefined) {
    throw usageError('--auth none goes without --user and --key');
  }
  if (auth !== undefined && auth !== 'none' && user === undefined) {
    throw usageError(`--auth ${auth} goes with --user and --key`);
  }
  return { user, key };
}
