/** Who is at the other end of the demo's line. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { lineFailure, usageError } from '../cli/failure';
import { GATEWAY_NAME } from '../gateway/dns';
import { Gateway } from '../gateway/gateway';
import { openLine } from '../lines/open';
import { paced } from '../lines/pace';
import { linePair } from '../lines/pair';
import { destroyed } from '../lines/wrap';

export interface Peer {
  description: string;
  stream: Duplex;
  /** By what the board reaches this computer. */
  address: string;
  /** A name to be resolved; null to leave that out. */
  name: string | null;
  /** Whether the name is this computer's and the peer itself must know it. */
  ownsNames: boolean;
  close(): Promise<void>;
}

export async function gatewayPeer(baud: number): Promise<Peer> {
  const [ours, theirs] = linePair();
  const stream = paced(ours, baud);
  const gateway = new Gateway();
  const served = gateway.serve(theirs);
  return {
    description: 'a line in memory to our own gateway',
    stream,
    address: '192.168.64.1',
    name: GATEWAY_NAME,
    ownsNames: true,
    async close() {
      gateway.stop();
      await destroyed(stream);
      await served;
    },
  };
}

const SLIRP = 'slirp-fullbolt';
/** Resolves wherever there is a name server at all. */
const SOME_NAME = 'example.com';

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @throws CommandError when slirp is not there */
export async function slirpPeer(baud: number): Promise<Peer> {
  if (!isInstalled(SLIRP)) {
    throw usageError(`${SLIRP} is not installed: on Debian and Ubuntu, apt install slirp; or leave --peer slirp out`);
  }
  const line = await openLine(`exec-pty:${SLIRP} ppp`, { pace: baud }).catch((error) => {
    throw lineFailure(error);
  });
  return {
    description: `a line to ${SLIRP}`,
    stream: line.stream,
    address: '10.0.2.2',
    name: SOME_NAME,
    ownsNames: false,
    close: () => line.close(),
  };
}
