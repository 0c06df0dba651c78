/** The gateway's name server: A records from the host's own resolver, its hosts file included. */

import dns from 'node:dns';
import packet from 'dns-packet';
import { formatIpv4 } from '../../modules/wire/addr';
import type { GatewayStats } from './context';

/** Queries being looked up; a board asks again when it hears nothing. */
const PENDING_MAX = 32;
/** RFC 1035 §4.2.1: longest message without extensions. */
const MESSAGE_MAX = 512;
const TTL_S = 60;

/** The gateway itself. */
export const GATEWAY_NAME = 'gateway.micronic';

const enum Code {
  NoError = 0,
  ServerFailure = 2,
  NameError = 3,
  NotImplemented = 4,
}

export type Lookup = (name: string) => Promise<string[]>;

/** @throws the resolver's error; `code` ENOTFOUND when there is no such name */
async function hostLookup(name: string): Promise<string[]> {
  const found = await dns.promises.lookup(name, { family: 4, all: true });
  return found.map(({ address }) => address);
}

interface Verdict {
  code: Code;
  addresses: string[];
}

export class DnsServer {
  private pending = 0;

  constructor(
    private readonly gateway: number,
    private readonly stats: GatewayStats,
    private readonly lookup: Lookup = hostLookup,
  ) {}

  /** The reply to a message from the board, or null when there is none to give. */
  async answer(message: Uint8Array): Promise<Uint8Array | null> {
    const query = this.parse(message);
    if (!query || this.pending >= PENDING_MAX) {
      this.stats.dnsMalformed += query ? 0 : 1;
      this.stats.refused += query ? 1 : 0;
      return null;
    }
    this.stats.dnsQueries++;
    this.pending++;
    try {
      return reply(query, await this.judge(query));
    } finally {
      this.pending--;
    }
  }

  private parse(message: Uint8Array): packet.DecodedPacket | null {
    try {
      const query = packet.decode(Buffer.from(message));
      const [question, ...others] = query.questions ?? [];
      const isQuery = query.type === 'query' && question && !others.length && question.class === 'IN';
      return isQuery && /^[\x21-\x7e]+$/.test(question.name) ? query : null;
    } catch {
      return null;
    }
  }

  private async judge(query: packet.DecodedPacket): Promise<Verdict> {
    const { name, type } = query.questions![0];
    if ((query as { opcode?: string }).opcode !== 'QUERY') {
      return { code: Code.NotImplemented, addresses: [] };
    }
    if (type !== 'A' || name === '.') {
      return { code: Code.NoError, addresses: [] };
    }
    const own = formatIpv4(this.gateway);
    if (name.toLowerCase() === GATEWAY_NAME) {
      return { code: Code.NoError, addresses: [own] };
    }
    try {
      const found = await this.lookup(name);
      const addresses = found.map((address) => (address.startsWith('127.') ? own : address));
      return { code: Code.NoError, addresses: [...new Set(addresses)] };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return { code: code === 'ENOTFOUND' ? Code.NameError : Code.ServerFailure, addresses: [] };
    }
  }
}

/** As many of the addresses as the message has room for. */
function reply(query: packet.DecodedPacket, { code, addresses }: Verdict): Uint8Array {
  const { name } = query.questions![0];
  const opcode = (query.flags ?? 0) & 0x7800;
  for (let count = addresses.length; ; count--) {
    const message = packet.encode({
      type: 'response',
      id: query.id,
      flags: opcode | (query.flags! & packet.RECURSION_DESIRED) | packet.RECURSION_AVAILABLE | code,
      questions: query.questions,
      answers: addresses.slice(0, count).map((data) => ({ type: 'A', class: 'IN', name, ttl: TTL_S, data })),
    });
    if (message.length <= MESSAGE_MAX || count <= 0) {
      return message;
    }
  }
}
