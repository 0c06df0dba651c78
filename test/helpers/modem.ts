/** A modem that follows a script: echoes until ATE0, answers OK, and dials into a gateway. */

import type { Duplex } from 'node:stream';
import type { Gateway } from '../../scripts/gateway/gateway';

export interface ModemOptions {
  /** Who answers the call; without it there is no carrier. */
  gateway?: Gateway;
  /** Answers to commands, by their beginning; the others get OK. */
  answers?: Record<string, string>;
  /** What dialling gives. */
  connect?: string;
}

const OK = 'OK';
const NO_CARRIER = 'NO CARRIER';

export class Modem {
  /** What the board has said, in order. */
  readonly commands: string[] = [];
  private echoes = true;
  private line = '';
  private readonly takeBytes = (bytes: Buffer): void => {
    for (const byte of bytes) {
      this.take(byte);
    }
  };

  constructor(
    private readonly stream: Duplex,
    private readonly options: ModemOptions = {},
  ) {
    stream.on('data', this.takeBytes);
  }

  private take(byte: number): void {
    if (this.echoes) {
      this.stream.write(Uint8Array.of(byte));
    }
    if (byte !== 13) {
      this.line += String.fromCharCode(byte);
      return;
    }
    const command = this.line.trim();
    this.line = '';
    if (command) {
      this.commands.push(command);
      this.obey(command);
    }
  }

  private obey(command: string): void {
    const { answers = {}, gateway, connect = 'CONNECT 115200' } = this.options;
    const beginning = Object.keys(answers).find((text) => command.startsWith(text));
    if (beginning !== undefined) {
      this.say(answers[beginning]);
    } else if (command === 'ATE0' || command === 'ATE1') {
      this.echoes = command === 'ATE1';
      this.say(OK);
    } else if (!/^ATD/.test(command)) {
      this.say(/^AT/.test(command) ? OK : 'ERROR');
    } else if (gateway) {
      this.say(connect);
      void this.handOver(gateway);
    } else {
      this.say(NO_CARRIER);
    }
  }

  private say(text: string): void {
    this.stream.write(`\r\n${text}\r\n`);
  }

  /** Data mode, until the link ends. */
  private async handOver(gateway: Gateway): Promise<void> {
    this.stream.off('data', this.takeBytes);
    gateway.once('down', () => gateway.stop());
    await gateway.serve(this.stream);
    this.stream.on('data', this.takeBytes);
    this.say(NO_CARRIER);
  }
}
