/** What Wireshark's dissectors say of packets that passed. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PcapWriter } from '../../scripts/lines/pcap';

export interface Capture {
  /** @param sent by us */
  packet(sent: boolean, packet: Uint8Array): void;
  /** How many packets match each display filter; null when there is no tshark. */
  count<K extends string>(filters: Record<K, string>): Promise<Record<K, number> | null>;
}

const CHECKS = ['ip', 'udp', 'tcp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);

/** Nothing that was dissected as broken, by the severity that Wireshark itself gives it. */
export const MALFORMED = '_ws.malformed || _ws.expert.severity == "Error"';
/**
 * Linux writes 0xffff where it sums up to zero, also for TCP (skb_checksum_help on a TUN device), which Wireshark calls bad:
 * one packet in 65,536. A receiver cannot tell the two apart. Of what we have sent (direction 0 to Wireshark) it is bad.
 */
export const BAD_CHECKSUM =
  'ip.checksum.status == "Bad" || (tcp.checksum.status == "Bad" && (tcp.checksum != 0xffff || frame.p2p_dir == 0)) || ' +
  'udp.checksum.status == "Bad" || icmpv6.checksum.status == "Bad"';

export function hasTshark(): boolean {
  return spawnSync('tshark', ['--version'], { stdio: 'ignore' }).status === 0;
}

export function capture(): Capture {
  const folder = mkdtempSync(join(tmpdir(), 'capture-'));
  const file = join(folder, 'packets.pcap');
  const writer = new PcapWriter(file);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    packet(sent, packet) {
      writer.frame(sent, Buffer.concat([Buffer.from([0xff, 0x03, 0x00, packet[0] >> 4 === 6 ? 0x57 : 0x21]), packet]));
    },
    async count(filters) {
      await writer.close();
      const counts = {} as Record<string, number>;
      for (const [name, filter] of Object.entries<string>(filters)) {
        const args = ['-r', file, ...CHECKS, '-Y', filter, '-T', 'fields', '-e', 'frame.number'];
        const { error, stdout, stderr, status } = spawnSync('tshark', args, { encoding: 'utf8', timeout: 60000 });
        if (error) return null;
        if (status !== 0) throw new Error(`tshark: ${stderr}`);
        counts[name] = stdout.split('\n').filter(Boolean).length;
      }
      process.off('exit', remove);
      remove();
      return counts as never;
    },
  };
}
