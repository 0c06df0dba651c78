/** Programs of Linux's that tests against it run in its namespace: radvd, dnsmasq, a web server. */

import { spawnSync, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const has = (program: string): boolean => spawnSync('which', [program]).status === 0;

export const exited = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', resolve));

/** Does something while a daemon runs. @param signal with which it ends: SIGTERM lets it say goodbye */
export async function beside(daemon: ChildProcess, signal: NodeJS.Signals, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } finally {
    const gone = exited(daemon);
    daemon.kill(signal);
    await gone;
  }
}

/** radvd's command for an interface. @param settings beside the intervals: of the interface, prefixes, servers */
export function radvd(folder: string, name: string, settings: string): string[] {
  const file = join(folder, 'radvd.conf');
  writeFileSync(
    file,
    `interface ${name} { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; ${settings} };\n`,
  );
  return ['radvd', '-n', '-m', 'stderr', '-C', file, '-p', join(folder, 'radvd.pid')];
}

/** A prefix of an hour and two. */
export const prefixOf = (prefix: string): string =>
  `prefix ${prefix}::/64 { AdvOnLink on; AdvAutonomous on; AdvValidLifetime 7200; AdvPreferredLifetime 3600; };`;

/** dnsmasq's command: advertisements of a prefix, a name server by stateless DHCPv6, and names of .test. */
export function dnsmasq6(
  folder: string,
  name: string,
  prefix: string,
  server: string,
  hosts: Record<string, string>,
): string[] {
  return [
    ...'dnsmasq -d -C /dev/null --no-resolv --no-hosts --user=root --bind-interfaces --enable-ra'.split(' '),
    ...['--dhcp-duid=32473,0a0b0c', '--local=/test/', '--log-facility=/dev/null', '--pid-file='],
    `--interface=${name}`,
    `--dhcp-range=${prefix}::,ra-stateless,64,1h`,
    `--dhcp-option=option6:dns-server,[${server}]`,
    `--dhcp-leasefile=${join(folder, 'leases6')}`,
    ...Object.entries(hosts).map(([host, addresses]) => `--host-record=${host},${addresses}`),
  ];
}
