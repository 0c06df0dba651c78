/** What is tried against programs that nobody here wrote: pppd on a Linux kernel, and slirp. */

import { PPP } from '../../board-targets/node';
import type { GatewayOptions } from '../../scripts/gateway/gateway';
import { fetchBody, serveHttp } from '../scripts/gateway/rig';
import { PAGE, SECRETS, SHORT_PAGE } from './image';
import { type Client, type ClientOptions, OURS, PPPD, withGateway, withPppd, withSlirp } from './session';
import type { LinuxGuest } from './vm';

/** As seen in a run; an expectation that is not met throws. */
export interface Result {
  /** How the link ended: status('reason') and, of a failure, the phase; of a gateway its report. */
  ended: string;
  /** Octets that came over the link unchanged, both ways. */
  bytes: number;
}

export interface InteropCase {
  peer: 'pppd' | 'slirp' | 'pppd as client';
  name: string;
  /** The peer's options. */
  options: string;
  run(guest: LinuxGuest | null): Promise<Result>;
}

const ADDRESSES = `${PPPD}:${OURS}`;
const PAP = { security: PPP.SEC_PAP, ...SECRETS };
const CHAP = { security: PPP.SEC_CHAP, ...SECRETS };
/** What we call a peer without an address. */
const UNNAMED = '10.64.64.64';
/** What the peer asks for is taken, MSCHAPv2 too. */
const ANY = { ...SECRETS };
const SLIRP_HOST = '10.0.2.2';
const GATEWAY = '192.168.64.1';

function expect(what: string, got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`${what}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
  }
}

function same(what: string, got: Buffer, wanted: Buffer): number {
  if (!got.equals(wanted)) throw new Error(`${what}: ${got.length} octets that are not those sent`);
  return got.length;
}

/** A page from pppd's computer, and an upload that comes back. */
async function exchange({ network }: Client, page = SHORT_PAGE, at = PPPD): Promise<number> {
  const path = page === PAGE ? '/page.bin' : '/short.bin';
  return (
    same('the page', await fetchBody(network, at, 80, undefined, path), page) +
    same('the upload', await fetchBody(network, at, 80, SHORT_PAGE, '/cgi-bin/echo'), SHORT_PAGE)
  );
}

function reason({ ppp }: Client): string {
  return ppp.status('reason') as string;
}

interface PppdCase {
  name: string;
  /** Of pppd, behind the addresses. */
  options?: string;
  addresses?: string;
  client?: ClientOptions;
  /** When it must not come up: the reason, and the phase that fails. */
  fails?: [string, string];
  /** What pppd must have logged in the end. */
  log?: RegExp[];
  /** Loads the long page. */
  long?: boolean;
  /** What else is done while it is up. */
  also?: (client: Client, guest: LinuxGuest) => Promise<void> | void;
}

const PPPD_CASES: PppdCase[] = [
  {
    name: 'no authentication, two name servers',
    options: `ms-dns ${PPPD} ms-dns 10.9.0.3`,
    long: true,
    // CCP is refused by the one answer that leaves it at that.
    log: [/rcvd \[LCP ProtRej id=\S+ 80 fd/],
    also: ({ network, ppp }) => {
      expect('addr4', ppp.ipconfig('addr4'), [OURS, '255.255.255.255']);
      expect('gw4', ppp.ipconfig('gw4'), PPPD);
      expect('dns', network.ipconfig('dns'), PPPD);
    },
  },
  { name: 'pppd speaks first', options: 'nosilent', log: [/sent \[LCP ConfReq/] },
  {
    name: 'PAP',
    options: 'auth require-pap',
    client: { credentials: PAP },
    log: [/PAP peer authentication succeeded/],
  },
  {
    name: 'PAP, wrong key',
    options: 'auth require-pap',
    client: { credentials: { ...PAP, key: 'wrong' } },
    fails: ['auth-failed', 'authenticate'],
    log: [/PAP peer authentication failed/],
  },
  {
    name: 'PAP, unknown user',
    options: 'auth require-pap',
    client: { credentials: { ...PAP, user: 'mallory' } },
    fails: ['auth-failed', 'authenticate'],
  },
  {
    // pppd takes our wish for another protocol as a refusal, and hangs up.
    name: 'PAP demanded, CHAP wished for',
    options: 'auth require-pap',
    client: { credentials: CHAP },
    fails: ['auth-failed', 'network'],
    log: [/rcvd \[LCP ConfNak id=\S+ <auth chap MD5>/, /peer refused to authenticate/],
  },
  {
    name: 'PAP or CHAP, PAP wished for',
    options: 'auth',
    client: { credentials: PAP },
    log: [/rcvd \[LCP ConfNak id=\S+ <auth pap>/, /PAP peer authentication succeeded/],
  },
  {
    name: 'PAP demanded, no credentials',
    options: 'auth require-pap',
    fails: ['auth-failed', 'authenticate'],
  },
  {
    name: 'CHAP-MD5',
    options: 'auth require-chap',
    client: { credentials: CHAP },
    long: true,
    log: [/<auth chap MD5>/, /sent \[CHAP Success/],
  },
  {
    name: 'CHAP-MD5, wrong key',
    options: 'auth require-chap',
    client: { credentials: { ...CHAP, key: 'wrong' } },
    fails: ['auth-failed', 'authenticate'],
    log: [/sent \[CHAP Failure/],
  },
  {
    name: 'CHAP-MD5, unknown user',
    options: 'auth require-chap',
    client: { credentials: { ...CHAP, user: 'mallory' } },
    fails: ['auth-failed', 'authenticate'],
  },
  {
    name: 'CHAP-MD5, challenged again every second',
    options: 'auth require-chap chap-interval 1',
    client: { credentials: CHAP },
    also: (_client, guest) => guest.logged(/(rcvd \[CHAP Response[^]*){3}/),
  },
  {
    name: 'MSCHAPv2',
    options: 'auth require-mschap-v2',
    client: { credentials: ANY },
    long: true,
    log: [/<auth chap MS-v2>/, /sent \[CHAP Success/],
  },
  {
    name: 'MSCHAPv2, wrong key',
    options: 'auth require-mschap-v2',
    client: { credentials: { ...ANY, key: 'wrong' } },
    fails: ['auth-failed', 'authenticate'],
    log: [/sent \[CHAP Failure/],
  },
  {
    name: 'MSCHAPv2 demanded, CHAP wished for',
    options: 'auth require-mschap-v2',
    client: { credentials: CHAP },
    fails: ['auth-failed', 'network'],
    log: [/rcvd \[LCP ConfNak id=\S+ <auth chap MD5>/, /peer refused to authenticate/],
  },
  {
    name: 'MSCHAPv2, challenged again every second',
    options: 'auth require-mschap-v2 chap-interval 1',
    client: { credentials: ANY },
    also: (_client, guest) => guest.logged(/(rcvd \[CHAP Response[^]*){3}/),
  },
  {
    name: 'IPv6 offered, IPV6CP off',
    options: '+ipv6',
    log: [/sent \[IPV6CP ConfReq/, /rcvd \[LCP ProtRej id=\S+ 80 57/],
  },
  {
    name: 'IPv6 on both sides',
    options: '+ipv6 ipv6 ::1,::2',
    client: { ipv6: true },
    log: [/IPV6CP ConfAck/, /local {2}LL address fe80::[0:]*1\b/],
    also: async ({ ipv6 }, guest) => {
      await guest.logged(/remote LL address/);
      expect('IPV6CP', [ipv6!._up, ipv6!._high, ipv6!._low, ipv6!._peerLow], [true, 0, 2, 1]);
    },
  },
  {
    name: 'IPv6 of ours, which pppd does not know',
    options: 'noipv6',
    client: { ipv6: true },
    log: [/sent \[LCP ProtRej id=\S+ 80 57/],
    also: ({ ipv6 }) => expect('IPV6CP', ipv6!._up, false),
  },
  {
    name: 'VJ compression on both sides',
    client: { vj: true },
    long: true,
    log: [
      /sent \[IPCP ConfAck id=\S+ [^\]]*<compress VJ 0f 01>/,
      /rcvd \[IPCP ConfAck id=\S+ [^\]]*<compress VJ 0f 01>/,
    ],
    also: ({ vj }) => expect('VJ', [vj!._sender !== null, vj!._receiver !== null], [true, true]),
  },
  {
    name: 'VJ compression of ours, which pppd does not want',
    options: 'novj',
    client: { vj: true },
    log: [/sent \[IPCP ConfRej id=\S+ <compress VJ 0f 01>/],
    also: ({ vj }) => expect('VJ', [vj!._sender, vj!._receiver], [null, null]),
  },
  { name: 'VJ compression offered, ours off', log: [/sent \[IPCP ConfReq id=\S+ <compress VJ/] },
  { name: 'VJ compression not offered', options: 'novj' },
  {
    name: "pppd's MRU 576",
    options: 'mru 576',
    long: true,
    log: [/sent \[LCP ConfReq id=\S+ <mru 576>/],
    also: ({ network }) => expect('MTU', network.host._stack._netifs[0]?._mtu, 576),
  },
  {
    name: 'our MRU 576',
    client: { bounds: { _mru: 576 } },
    long: true,
    log: [/rcvd \[LCP ConfReq id=\S+ <mru 576>/],
    also: async (_client, guest) => {
      expect("ppp0's MTU", (await guest.run('cat /sys/class/net/ppp0/mtu')).output.trim(), '576');
    },
  },
  { name: 'MRU 1500 on both sides', options: 'mru 1500 mtu 1500' },
  { name: 'asyncmap 0', options: 'asyncmap 0', log: [/sent \[LCP ConfReq id=\S+ <asyncmap 0x0>/] },
  {
    name: 'asyncmap ffffffff',
    options: 'asyncmap ffffffff',
    // The default is not worth an option.
    log: [/sent \[LCP ConfReq id=\S+ <magic/],
  },
  { name: 'asyncmap not negotiated', options: 'default-asyncmap' },
  { name: 'no PFC, no ACFC', options: 'nopcomp noaccomp', log: [/sent \[LCP ConfRej id=\S+ <pcomp> <accomp>/] },
  { name: 'no magic number', options: 'nomagic' },
  { name: 'multilink and an endpoint offered', options: 'multilink endpoint local:aabb' },
  {
    name: 'echo every second',
    // Of `debug` twice pppd logs more than its first echo.
    options: 'debug lcp-echo-interval 1 lcp-echo-failure 2',
    also: (_client, guest) => guest.logged(/(rcvd \[LCP EchoRep[^]*){3}/),
  },
  {
    name: 'a peer without an address of its own',
    addresses: `0.0.0.0:${OURS}`,
    options: 'noipdefault ipcp-accept-local nodefaultroute',
    log: [/local {2}IP address 10\.64\.64\.64/],
  },
  { name: 'the address is ours to choose', addresses: `${PPPD}:`, client: { address: OURS } },
  {
    name: 'no address for us',
    addresses: `${PPPD}:`,
    fails: ['no-address', 'network'],
  },
];

async function runPppdCase(one: PppdCase, guest: LinuxGuest): Promise<Result> {
  const { addresses = ADDRESSES, client: options = {}, fails, log = [], long, also } = one;
  const result: Result = { ended: '', bytes: 0 };
  await withPppd(guest, pppdOptions(one), options, async (client) => {
    const error = await client.connect();
    if (fails) {
      expect('the link', [error?.reason, error?.phase], fails);
      result.ended = `${reason(client)}, ${error!.phase}`;
    } else {
      expect('the link', error && [error.reason, error.phase], null);
      const at = addresses.startsWith(PPPD) ? PPPD : UNNAMED;
      result.bytes = await exchange(client, long ? PAGE : SHORT_PAGE, at);
      await also?.(client, guest);
      await client.disconnect();
      result.ended = reason(client);
      expect('the reason', result.ended, 'user');
      await guest.logged(/LCP terminated by peer/);
    }
    for (const what of log) {
      await guest.logged(what);
    }
  });
  return result;
}

function pppdOptions({ addresses = ADDRESSES, options = '' }: PppdCase): string {
  const silent = options.includes('nosilent') ? '' : ' silent';
  const noauth = /\bauth\b/.test(options) ? '' : ' noauth';
  return `${addresses}${noauth}${silent} ${options.replace('nosilent', '')}`.trim();
}

/** What the peer does to a link that is up. */
const LIVES: InteropCase[] = [
  {
    peer: 'pppd',
    name: 'pppd ends the link',
    options: `${ADDRESSES} noauth silent`,
    async run(guest) {
      const result: Result = { ended: '', bytes: 0 };
      await withPppd(guest!, this.options, {}, async (client) => {
        expect('the link', await client.connect(), null);
        result.bytes = await exchange(client);
        const socket = client.network.connect(80, PPPD);
        await new Promise((resolve) => socket.once('connect', resolve));
        const broken = new Promise<{ code?: string }>((resolve) => socket.once('error', resolve));
        expect("pppd's exit status", await guest!.stopPppd(), 5);
        await client.event('error: terminated');
        expect('the socket', (await broken).code, 'ENETDOWN');
        result.ended = reason(client);
        expect('the events', client.events, ['connected', 'disconnected: terminated', 'error: terminated']);
      });
      return result;
    },
  },
  {
    peer: 'pppd',
    name: 'pppd hangs up (SIGHUP) and is there again for the next connect()',
    options: `${ADDRESSES} noauth silent persist holdoff 0`,
    async run(guest) {
      const result: Result = { ended: '', bytes: 0 };
      await withPppd(guest!, this.options, {}, async (client) => {
        expect('the link', await client.connect(), null);
        result.bytes = await exchange(client);
        await guest!.run('kill -HUP $(cat /tmp/pid)');
        await client.event('error: terminated');
        result.ended = reason(client);
        await guest!.logged(/(Connect: [^]*){2}/);
        expect('the second link', await client.connect(), null);
        result.bytes += await exchange(client);
      });
      return result;
    },
  },
  {
    peer: 'pppd',
    name: 'pppd dies, and another one negotiates anew on the same line',
    options: `${ADDRESSES} noauth`,
    async run(guest) {
      const result: Result = { ended: '', bytes: 0 };
      await withPppd(guest!, this.options, {}, async (client) => {
        expect('the link', await client.connect(), null);
        result.bytes = await exchange(client);
        await guest!.killPppd();
        await guest!.startPppd(this.options);
        await client.event('connected', 2);
        expect('the events', client.events, ['connected', 'disconnected: renegotiating', 'connected']);
        result.bytes += await exchange(client);
        await client.disconnect();
        result.ended = reason(client);
        expect('the reason', result.ended, 'user');
      });
      return result;
    },
  },
];

interface GatewayCase {
  name: string;
  auth: 'none' | 'pap' | 'chap' | 'mschapv2';
  options: string;
  gateway?: GatewayOptions;
  fails?: boolean;
  /** What pppd must have logged in the end. */
  log?: RegExp[];
}

const CLIENT_OPTIONS = 'noauth noipdefault usepeerdns';
const GATEWAY_CASES: GatewayCase[] = [
  { name: 'no authentication', auth: 'none', options: '' },
  { name: 'PAP demanded', auth: 'pap', options: `user ${SECRETS.user}` },
  { name: 'PAP demanded, wrong key', auth: 'pap', options: `user ${SECRETS.user} password wrong`, fails: true },
  { name: 'CHAP-MD5 demanded', auth: 'chap', options: `user ${SECRETS.user}` },
  { name: 'CHAP-MD5 demanded, wrong key', auth: 'chap', options: `user ${SECRETS.user} password wrong`, fails: true },
  { name: 'MSCHAPv2 demanded', auth: 'mschapv2', options: `user ${SECRETS.user}` },
  {
    name: 'MSCHAPv2 demanded, wrong key',
    auth: 'mschapv2',
    options: `user ${SECRETS.user} password wrong`,
    fails: true,
  },
  {
    name: 'IPV6CP and VJ compression given',
    auth: 'none',
    options: '+ipv6',
    gateway: { ipv6: true, vj: true },
    log: [
      /rcvd \[IPV6CP ConfAck id=\S+ <addr fe80::/,
      /sent \[IPV6CP ConfAck id=\S+ <addr fe80::/,
      /rcvd \[IPCP ConfAck id=\S+ [^\]]*<compress VJ 0f 01>/,
    ],
  },
  {
    name: 'IPV6CP and VJ compression refused',
    auth: 'none',
    options: '+ipv6',
    log: [/rcvd \[LCP ProtRej id=\S+ 80 57/, /rcvd \[IPCP ConfRej id=\S+ <compress VJ 0f 01>/],
  },
];
/** pppd: "We failed to authenticate ourselves to the peer", and "the link was terminated by the peer's request". */
const EXIT_REFUSED = 19;

async function runGatewayCase(one: GatewayCase, options: string, guest: LinuxGuest): Promise<Result> {
  const { auth, gateway, fails, log = [] } = one;
  const web = await serveHttp(20000);
  const result: Result = { ended: '', bytes: 0 };
  try {
    await withGateway(
      guest,
      options,
      { auth, ...(auth === 'none' ? {} : SECRETS), ...gateway },
      async ({ up, down }) => {
        const report = await up;
        if (fails) {
          expect('the link', report?.reason, 'auth-failed');
          expect("pppd's exit status", await guest.stopPppd(), EXIT_REFUSED);
          result.ended = report!.reason;
          return;
        }
        expect('the link', report?.reason, undefined);
        for (const what of [new RegExp(`primary +DNS address ${GATEWAY}`), ...log]) {
          await guest.logged(what);
        }
        const url = `http://${GATEWAY}:${web.port}/`;
        // In hexadecimal: the shell's line takes text.
        const { output } = await guest.run(`wget -q -O /tmp/page ${url}; xxd -p /tmp/page; rm -f /tmp/page`);
        result.bytes = same('the page', Buffer.from(output.replace(/\s/g, ''), 'hex'), web.page);
        await guest.stopPppd();
        result.ended = (await down).reason;
        expect('the reason', result.ended, 'terminated');
      },
    );
  } finally {
    web.close();
  }
  return result;
}

const SLIRP_CASES: PppdCase[] = [
  { name: 'no authentication' },
  { name: 'PAP', options: '+pap', client: { credentials: PAP } },
  {
    name: 'PAP, wrong key',
    options: '+pap',
    client: { credentials: { ...PAP, key: 'wrong' } },
    fails: ['auth-failed', 'authenticate'],
  },
  { name: 'CHAP-MD5', options: '+chap', client: { credentials: CHAP } },
  {
    name: 'CHAP-MD5, wrong key',
    options: '+chap',
    client: { credentials: { ...CHAP, key: 'wrong' } },
    fails: ['auth-failed', 'authenticate'],
  },
];

async function runSlirpCase({ options = '', client: clientOptions = {}, fails }: PppdCase): Promise<Result> {
  const web = await serveHttp();
  const result: Result = { ended: '', bytes: 0 };
  try {
    await withSlirp(options, clientOptions, async (client) => {
      const error = await client.connect();
      if (fails) {
        expect('the link', [error?.reason, error?.phase], fails);
        result.ended = `${reason(client)}, ${error!.phase}`;
        return;
      }
      expect('the link', error && [error.reason, error.phase], null);
      result.bytes =
        same('the page', await fetchBody(client.network, SLIRP_HOST, web.port), web.page) +
        same('the upload', await fetchBody(client.network, SLIRP_HOST, web.port, SHORT_PAGE), SHORT_PAGE);
      await client.disconnect();
      result.ended = reason(client);
      expect('the reason', result.ended, 'user');
    });
  } finally {
    web.close();
  }
  return result;
}

export const CASES: InteropCase[] = [
  ...PPPD_CASES.map((one): InteropCase => {
    return {
      peer: 'pppd',
      name: one.name,
      options: pppdOptions(one),
      run: (guest) => runPppdCase(one, guest!),
    };
  }),
  ...LIVES,
  ...GATEWAY_CASES.map((one): InteropCase => {
    const options = `${CLIENT_OPTIONS} ${one.options}`.trim();
    return { peer: 'pppd as client', name: one.name, options, run: (guest) => runGatewayCase(one, options, guest!) };
  }),
  ...SLIRP_CASES.map((one): InteropCase => {
    return { peer: 'slirp', name: one.name, options: one.options ?? '', run: () => runSlirpCase(one) };
  }),
];

export function isAboutAuth({ name }: InteropCase): boolean {
  return /PAP|CHAP/.test(name);
}
