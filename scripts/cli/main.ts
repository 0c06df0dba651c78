#!/usr/bin/env node
/** The command line. */

import { createRequire } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import { demo } from '../demo/demo';
import * as args from './args';
import { bundle, type BundleOptions } from './bundle';
import { connect, type ConnectOptions } from './connect';
import { emulate, type EmulateOptions } from './emulate';
import { CommandError, EXIT_FAILED, EXIT_USAGE, oneLine, usageError } from './failure';
import { type GatewayCommand, serveGateway } from './gateway';

const { version, description } = createRequire(import.meta.url)('../../package.json') as Record<string, string>;

const EXIT_CODES = `
Exit codes: 0 all went well, 1 the link or what was asked of it failed, 2 wrong usage, or a line, URL or file that cannot be.
Ctrl-C ends the link in order, a second one at once.
`;

const CONNECT_HELP = `
Results go to standard output, all else to standard error. A page is counted and dropped unless --output keeps it.
Without --get, --ping, --ipconfig and --hold the link stays until Ctrl-C.
`;

const GATEWAY_HELP = `
Boards reach this computer's own services, those on its loopback too, by the gateway's address and by the name
gateway.micronic. A gateway that waits for peers takes one after the other.
`;

const EMULATE_HELP = `
The console is standard output; what the emulator itself has to say goes to standard error. Without --seconds it runs
until Ctrl-C. Nothing that is connected to a UART sees the board run faster than real time.
`;

const BUNDLE_HELP = `
APP and all it requires or imports becomes one minified file: JavaScript of any module system, TypeScript (its types are
not checked), JSON. Modules of the firmware stay required. New syntax is turned into that of 2017, new functions are not
brought along. A program that uses micronic or network gets the bundle of this package before it.

The parts: ${args.PARTS}. docs/loading.md says what each does.
`;

const DEFAULT_BAUD = 115200;
const LINGER_MS = 500;

let exitCode = 0;

const program = new Command('micronic')
  .description(description)
  .version(version)
  .exitOverride()
  .configureOutput({ writeErr: () => {} })
  .addHelpText('after', `${args.LINE_FORMS}${EXIT_CODES}`)
  .action((_options, command: Command) => {
    throw usageError(
      command.args.length
        ? `'${command.args[0]}' is no command: say connect, gateway, bundle, emulate or demo`
        : 'say what to do: micronic connect LINE, micronic gateway LINE, micronic bundle APP.js, micronic emulate APP.js or micronic demo',
    );
  })
  .allowExcessArguments();

function lineCommand(name: string, what: string, help: string): Command {
  return program
    .command(name)
    .description(what)
    .allowExcessArguments(false)
    .argument('<LINE>', 'the line to the other end, see below', args.line)
    .option('--user <USER>', 'who authenticates')
    .option('--key <KEY>', 'with which password')
    .option('--secret <USER:KEY>', 'both in one')
    .option('--baud <N>', 'bits per second of a serial device', args.baud, DEFAULT_BAUD)
    .option('--pace <BAUD>', "slow any line down to a serial line's speed", args.baud)
    .option('--pcap <FILE>', 'write the packets to a file for Wireshark')
    .addHelpText('after', `${args.LINE_FORMS}${help}${EXIT_CODES}`);
}

lineCommand('connect', 'Run the very stack that boards run, on this end of a line.', CONNECT_HELP)
  .addOption(
    new Option('--auth <KIND>', 'ask for this kind of authentication; none has no user').choices([
      'pap',
      'chap',
      'mschapv2',
      'none',
    ]),
  )
  .option('--timeout <SECONDS>', 'give up when the link is not there by then', args.timeout)
  .option('--vj', 'ask for VJ header compression')
  .option('--ipv6', 'agree on IPv6 interface identifiers, if the other end does')
  .option('--get <URL>', 'load a page (http: only); says its status, size and SHA-256', args.url)
  .option('--output <FILE>', 'keep its body; - is standard output')
  .option('--ping <ADDRESS>', 'send three echoes to an address or a name')
  .option('--ipconfig', 'show the addresses')
  .option('--hold <SECONDS>', 'stay connected for so long after that', args.seconds)
  .option('--address <A>', 'of a tun: line: our address', args.ipv4)
  .option('--gateway <B>', 'of a tun: line: the address of its other end', args.ipv4)
  .option('--dns <D>', 'of a tun: line: the name server', args.ipv4)
  .option('--trace', 'show each packet on a line, decoded; passwords and CHAP values stay hidden')
  .option('--json', 'print all of it as one JSON object')
  .action(async (line: string, options: ConnectOptions & args.Credentials) => {
    if (options.output !== undefined && !options.get) {
      throw usageError('--output goes with --get');
    }
    if (options.output === '-' && options.json) {
      throw usageError('--output - and --json both want the standard output: say one of them');
    }
    exitCode = await connect(line, { ...options, ...args.credentials(options) });
  });

lineCommand(
  'gateway',
  'Be the other end for boards: a PPP server that forwards to the network of this computer, without root.',
  GATEWAY_HELP,
)
  .addOption(new Option('--auth <KIND>', 'demand authentication').choices(['pap', 'chap', 'mschapv2']))
  .option(
    '--address <A>',
    'the address of the gateway, by which boards also reach this computer (default: 192.168.64.1)',
  )
  .option('--peer-address <B>', 'the address of the board (default: the one after)')
  .option(
    '--dns <D>',
    'the name server boards are told (default: the gateway, which asks the resolver of this computer)',
  )
  .option('--vj', 'let boards that ask for it have VJ header compression')
  .option('--ipv6', 'agree on IPv6 interface identifiers with boards that ask; nothing is forwarded')
  .option('--once', 'stop after the first link')
  .option('--quiet', 'say nothing')
  .action(async (line: string, options: GatewayCommand & args.Credentials) => {
    const { user, key } = args.credentials(options);
    if (user !== undefined && options.auth === undefined) {
      throw usageError('--user and --key go with --auth pap, chap or mschapv2');
    }
    exitCode = await serveGateway(line, { ...options, user, key });
  });

program
  .command('bundle')
  .allowExcessArguments(false)
  .description('Make one file for the board of a program, its modules and the micronic bundle.')
  .argument('<APP.js|ts>', 'the program')
  .option('--target <BOARD>', `the board: ${args.TARGETS}`, args.target, 'kaluma-rp2')
  .option('-o, --output <FILE>', 'the result; - is standard output (default: APP.bundle.js in this folder)')
  .option('--with <PARTS>', 'optional parts behind the bundle, with commas between', args.names)
  .addHelpText('after', `${BUNDLE_HELP}${EXIT_CODES}`)
  .action(async (app: string, options: BundleOptions) => {
    exitCode = await bundle(app, options);
  });

const peer = (text: string): string => (text === 'gateway' || text === 'off' ? text : args.line(text));

program
  .command('emulate')
  .allowExcessArguments(false)
  .description("Run a program on Kaluma's own firmware for the Pico, on an emulated RP2040.")
  .argument('<APP.js>', 'the program; the bundle is put before it when it requires micronic or network')
  .addOption(
    new Option('--firmware <KALUMA.uf2>', 'Kaluma 1.2.1 for board pico').env('KALUMA_UF2').makeOptionMandatory(),
  )
  .addOption(new Option('--bootrom <B1.bin>', 'the boot ROM of the RP2040').env('RP2040_BOOTROM').makeOptionMandatory())
  .addOption(new Option('--elf <FILE>', 'the ELF file of the firmware, for names and malloc').env('KALUMA_ELF'))
  .option('--uart0 <LINE|gateway|off>', 'what is at UART0; gateway: a PPP peer as of micronic gateway', peer, 'off')
  .option('--uart1 <LINE|gateway|off>', 'what is at UART1', peer, 'off')
  .option('--baud <N>', 'bits per second of a serial device as LINE', args.baud, DEFAULT_BAUD)
  .option('--seconds <N>', "stop after so long, by the board's time", args.seconds)
  .option('--repl', 'what is typed goes to the REPL')
  .option('--xip', 'count misses of the flash cache too: an estimate')
  .option('--stats', 'show time, cycles, heap, stack and UARTs at the end')
  .option('--no-bundle', 'put nothing before the program')
  .option('--with <PARTS>', 'optional parts behind the bundle, with commas between', args.names)
  .addHelpText('after', `${args.LINE_FORMS}${EMULATE_HELP}${EXIT_CODES}`)
  .action(async (app: string, options: EmulateOptions) => {
    exitCode = await emulate(app, options);
  });

program
  .command('demo')
  .allowExcessArguments(false)
  .description('Gateway, web server and client in one: a page of 200 KB over a line paced like a UART.')
  .addOption(
    new Option('--peer <KIND>', "who is at the other end: our gateway, or Debian's slirp")
      .choices(['gateway', 'slirp'])
      .default('gateway'),
  )
  .option('--baud <N>', 'bits per second of the line', args.baud, DEFAULT_BAUD)
  .action(async ({ peer, baud }: { peer: 'gateway' | 'slirp'; baud: number }) => {
    exitCode = await demo({ peer, baud });
  });

/** What went wrong, in one sentence. */
function explain(error: unknown): CommandError {
  if (error instanceof CommandError) {
    return error;
  }
  if (error instanceof CommanderError) {
    const text = oneLine(error.message.replace(/^error: |\.$/g, ''));
    return new CommandError(`${text}; micronic --help tells more`, EXIT_USAGE);
  }
  return new CommandError(oneLine((error as Error).message ?? String(error)), EXIT_FAILED);
}

// The stack's timer keeps no program running, and a line that has ended neither.
const alive = setInterval(() => {}, 60000);
// Whoever read this has gone, as with `| head`.
process.stdout.on('error', () => process.exit(EXIT_FAILED));
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) {
    exitCode = 0; // --help, --version
  } else {
    const { message, exitCode: code } = explain(error);
    process.stderr.write(`micronic: ${message}\n`);
    exitCode = code;
  }
} finally {
  clearInterval(alive);
}
process.exitCode = exitCode;
// What was written may still be on its way, so not at once; what a failed command has left open does not count.
setTimeout(() => process.exit(), LINGER_MS).unref();
