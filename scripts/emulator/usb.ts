/** The board's console: the host's end of its USB serial port. */

import { USBCDC, type RP2040 } from 'rp2040js';

const PACKET_BYTES = 64;

export class UsbConsole {
  /** All that the board has written, escape sequences included. */
  text = '';
  isConnected = false;
  private readonly queue: number[] = [];
  /** What the board has asked for and not got yet, bytes. */
  private wanted = 0;
  private readonly decoder = new TextDecoder();
  private readonly endpoint: () => number;

  constructor(
    private readonly usb: RP2040['usbCtrl'],
    onText: (text: string) => void,
  ) {
    const cdc = new USBCDC(usb);
    this.endpoint = () => (cdc as unknown as { outEndpoint: number }).outEndpoint;
    cdc.onDeviceConnected = () => (this.isConnected = true);
    cdc.onSerialData = (bytes) => {
      const text = this.decoder.decode(bytes, { stream: true });
      this.text += text;
      onText(text);
    };
    // rp2040js answers with an empty packet when there is nothing; a real host lets the board wait.
    usb.onEndpointRead = (endpoint, bytes) => {
      if (endpoint === this.endpoint()) {
        this.wanted = bytes;
        this.pump();
      }
    };
  }

  /** Types. */
  write(text: string): void {
    this.queue.push(...Buffer.from(text));
    this.pump();
  }

  private pump(): void {
    if (this.wanted && this.queue.length) {
      const count = Math.min(this.wanted, this.queue.length, PACKET_BYTES);
      this.wanted = 0;
      this.usb.endpointReadDone(this.endpoint(), Uint8Array.from(this.queue.splice(0, count)));
    }
  }
}

/** A sequence that moves the cursor or colours; perhaps cut off at the end. */
// eslint-disable-next-line no-control-regex
const ESCAPE = /\x1b(?:\[[0-9;]*[A-Za-z]|[78])/g;
// eslint-disable-next-line no-control-regex
const ESCAPE_BEGUN = /\x1b(?:\[[0-9;]*)?$/;

/** The text alone, without a terminal's sequences; feed it the pieces as they come. */
export class PlainText {
  private held = '';

  add(piece: string): string {
    const text = this.held + piece;
    this.held = ESCAPE_BEGUN.exec(text)?.[0] ?? '';
    return text
      .slice(0, text.length - this.held.length)
      .replace(ESCAPE, '')
      .replace(/\r/g, '');
  }
}
