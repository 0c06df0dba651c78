/** `micronic gateway`: a PPP server on a line. */

import { type Line, openLine } from '../lines/open';
import { parseLineSpec } from '../lines/spec';
import { Gateway, type GatewayOptions, type LinkDown } from '../gateway/gateway';
import type { Auth } from '../gateway/options';
import { openCapture } from './capture';
import { CommandError, lineFailure, oneLine, usageError } from './failure';
import { aborted, onInterrupt } from './interrupt';

export interface GatewayCommand {
  auth?: Auth;
  user?: string;
  key?: string;
  address?: string;
  peerAddress?: string;
  dns?: string;
  vj?: boolean;
  ipv6?: boolean;
  baud?: number;
  pace?: number;
  pcap?: string;
  once?: boolean;
  quiet?: boolean;
}

const REASONS: Record<string, string> = {
  terminated: 'the board has ended it',
  user: 'ended from here',
  'auth-failed': 'the board has the wrong user or key',
  'peer-dead': 'the board has fallen silent',
  'no-answer': 'the board stopped answering before it was up',
  'no-agreement': 'the board wants what is not done here',
  'no-address': 'the board takes none of our addresses',
  'command-mode': 'the line sends back what it gets',
  'no-carrier': 'the modem has lost the connection',
  'line-ended': 'the line has ended',
};

function downText({ reason, user, wasUp, seconds, receivedBytes, sentBytes }: LinkDown): string {
  const who = user ? ` of user '${user}'` : '';
  const what = wasUp ? 'down' : 'failed';
  return (
    `${what}: the link${who}, ${REASONS[reason] ?? reason}; after ${seconds.toFixed(1)} s, ` +
    `${receivedBytes} bytes from the board and ${sentBytes} to it`
  );
}

export async function serveGateway(spec: string, options: GatewayCommand): Promise<number> {
  if (parseLineSpec(spec).kind === 'tun') {
    throw usageError(`${spec} carries no PPP: the gateway needs another line`);
  }
  const interrupt = onInterrupt();
  const say = options.quiet ? (): void => {} : (text: string): void => void process.stderr.write(`${text}\n`);
  const capture = options.pcap === undefined ? null : openCapture(options.pcap, say);
  const gateway = makeGateway(options, capture?.trace);
  let exitCode = 0;
  gateway.on('notice', say);
  gateway.on('up', ({ address, gateway: own, dns, user, connectMs }) => {
    const who = user ? ` for user '${user}'` : '';
    say(`up: board ${address}${who}, gateway ${own}, dns ${dns}, after ${connectMs} ms`);
  });
  gateway.on('down', (report) => {
    say(downText(report));
    // A few stray bytes are no link.
    if (options.once && (report.wasUp || report.reason !== 'no-answer')) {
      exitCode = report.wasUp ? 0 : 1;
      gateway.stop();
    }
  });
  void aborted(interrupt).then(() => gateway.stop());
  try {
    await serveLines(gateway, spec, options, interrupt, say);
  } finally {
    await capture?.close();
  }
  return exitCode;
}

function makeGateway(options: GatewayCommand, trace: GatewayOptions['trace']): Gateway {
  try {
    return new Gateway({ ...options, trace });
  } catch (error) {
    throw error instanceof RangeError ? usageError(error.message) : error;
  }
}

/** One line after the other when the spec is one that waits for peers, else the one. */
async function serveLines(
  gateway: Gateway,
  spec: string,
  { baud, pace, once }: GatewayCommand,
  interrupt: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  const listens = /-listen$/.test(parseLineSpec(spec).kind);
  let again: string = spec;
  do {
    const onWaiting = (text: string, peerSpec: string): void => {
      say(text);
      again = spec.startsWith('tcp-listen:') ? peerSpec.replace(/^tcp:/, 'tcp-listen:') : spec; // the same port again
    };
    const line = await openLine(again, { baud, pace, onWaiting, signal: interrupt }).catch((error) => {
      if (interrupt.aborted) {
        return null;
      }
      throw lineFailure(error);
    });
    if (line && !interrupt.aborted) {
      await serveLine(gateway, line, spec, say).catch((error) => {
        if (!listens) {
          throw error;
        }
        say((error as Error).message);
      });
    } else {
      await line?.close();
    }
  } while (listens && !once && !interrupt.aborted);
}

async function serveLine(gateway: Gateway, line: Line, spec: string, say: (text: string) => void): Promise<void> {
  if (spec === 'pty') {
    process.stdout.write(`${line.name}\n`);
  }
  say(`serving ${line.name}`);
  try {
    await gateway.serve(line.stream);
    say(`${line.name}: the line is done`);
  } catch (error) {
    throw new CommandError(`${line.name}: ${oneLine((error as Error).message)}`);
  } finally {
    await line.close();
  }
}
