/** What of Kaluma 1.2.1 is used, as its sources and its board `pico` have it. */

export interface NativeUart {
  /** Sends the whole buffer under the array, whatever the array's offset and length; blocks. */
  write(data: Uint8Array | string): void;
  close(): void;
}

interface NativeUartModule {
  UART: new (port: number, options: object, data: (bytes: Uint8Array) => void) => NativeUart;
}

/** The numbers of its options (include/port/uart.h). */
export const enum Parity {
  None,
  Odd,
  Even,
}

/** These are bits; MicroPython has them the other way round. */
export const enum Flow {
  None,
  Rts,
  Cts,
  RtsCts,
}

export interface KalumaProcess {
  binding: ((module: unknown) => unknown) & { uart: unknown };
  builtin_modules: string[];
  getBuiltinModule(id: string): (exports: object, require: unknown, module: { exports: object }) => void;
}

declare const process: KalumaProcess;
declare const global: unknown;

/** The global object, for what is not on every board. */
export const firmware = global as {
  /** The network that `net` and `http` use; taken when a socket is made. */
  __netdev?: unknown;
  /** The radio of a Pico W. */
  __ieee80211dev?: unknown;
  /** UTF-8, in native code. */
  TextEncoder: new () => { encode(text: string): Uint8Array };
};

/**
 * The class below `require('uart').UART`: it calls back for 7,000 cycles an event where the event emitter on top of it
 * takes 40,000.
 */
export function nativeUart(): NativeUartModule {
  return process.binding(process.binding.uart) as NativeUartModule;
}

/** UTF-8, natively. */
export function encodeUtf8(text: string): Uint8Array {
  return new firmware.TextEncoder().encode(text);
}

declare function require(id: 'rtc'): { setTime(ms: number): void };

/** The firmware's clock: ms since 1970. */
export function setClock(ms: number): void {
  require('rtc').setTime(ms);
}
