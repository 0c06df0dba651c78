/** What of Espruino is used, as its sources and its ESP32 build have it (2v29 and after). */

/** `Serial1` to `Serial3`. */
export interface Serial {
  setup(baudrate: number, options?: object): void;
  unsetup(): void;
  /** Strings go out as they are: a character is a byte. Returns when all is in the firmware's buffers. */
  write(data: Uint8Array | string): void;
  /** A string for what has come since the last turn of the idle loop. */
  on(event: 'data', listener: (text: string) => void): void;
  removeListener(event: 'data', listener: (text: string) => void): void;
  /** Kept by setup(), forgotten by unsetup(). */
  _baudrate?: number;
}

/** What `create` of NetworkJS is asked for; Tls is a bit beside the others (libs/network/network.h). */
export const enum SocketType {
  Tcp,
  Http,
  Udp,
  Tls = 4,
}

export const TYPE_MASK = 3;

/** What a socket's functions may return (libs/network/socketerrors.h). */
export const enum SocketError {
  Closed = -1,
  Memory = -2,
  Timeout = -3,
  NoRoute = -4,
  NotFound = -6,
  MaxSockets = -7,
  Reset = -9,
  Unknown = -10,
  /** Not yet connected. */
  NoConnection = -11,
  NoResponse = -15,
}

interface Native {
  /** Of strings and of arrays of strings; always a copy. */
  toUint8Array(data: string | string[]): Uint8Array;
  /** Of an array that owns its buffer it is that very memory, which must not be written to any more. */
  toString(bytes: Uint8Array): string;
  sum(numbers: ArrayLike<number>): number;
  /** 32 bits; on the ESP32 from its generator of random numbers. */
  hwRand?(): number;
}

interface ModuleCache {
  /** Runs the text at once as that module. */
  addCached(name: string, text: string): void;
  getCached(): string[];
}

declare const process: { env: { VERSION?: string } };
declare const E: Native;
declare const Modules: ModuleCache;
declare const global: Record<string, unknown>;

export const native = E;
/** The global object, for what is not on every board. */
export const firmware = global;

/**
 * Whether this firmware loses serial data when several pieces of it wait: 2v26 to 2v29, mended 96 commits after 2v29
 * (espruino/Espruino#2718). Versions read 2v29 or, between releases, 2v29.277.
 */
export function isLossy(version?: string): boolean {
  const parts = ('' + version).split('.');
  const release = parts[0].split('v');
  const minor = +release[1];
  return release[0] === '2' && minor > 25 && minor < 30 && !(minor === 29 && +parts[1] >= 96);
}

export const lossy = isLossy(process.env.VERSION);

/** Makes `require(name)` give `exports`: a cached module is text, so what it is to export waits in a global meanwhile. */
export function registerModule(name: string, exports: object): void {
  firmware.micronic$ = exports;
  Modules.addCached(name, 'exports=micronic$');
  delete firmware.micronic$;
}
