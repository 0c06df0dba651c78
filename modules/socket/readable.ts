/** The reading half of a stream in Node's shape: 'data', 'end', pause, resume, pipe. It begins when somebody listens. */

import { Context, soon } from './context';
import { Emitter, Listener, makeEmitter, mixInto } from './emitter';
import { Decoder, decode, isLatin1 } from './text';

/** What pipe() writes to. */
interface Sink {
  write(data: unknown): unknown;
  end(): unknown;
  on(event: string, listener: Listener): unknown;
}

export interface Readable extends Emitter {
  readableEnded: boolean;
  /** undefined until somebody has listened or paused. */
  _flowing?: boolean;
  /** What came while nobody would have it; null for the end. */
  _held: (Uint8Array | null)[];
  _decoder?: Decoder;
  /** Something of it has been handed out. */
  _hasFlowed?: boolean;
  /** The source is to stop or to go on. */
  _flow(on: boolean): void;
  /** After 'end'. */
  _readEnd(): void;
  pause(): this;
  resume(): this;
  isPaused(): boolean;
  setEncoding(encoding?: string): this;
  pipe<T extends Sink>(sink: T): T;
}

/** Bytes have come, or (null) will come no more. */
export function push(readable: Readable, bytes: Uint8Array | null): void {
  readable._held.push(bytes);
  deliver(readable);
}

function deliver(readable: Readable): void {
  const held = readable._held;
  while (held.length) {
    const bytes = held[0];
    // The end of what was empty is told also when nobody listens.
    if (!readable._flowing && (bytes || readable._flowing === false)) {
      return;
    }
    held.shift();
    if (bytes) {
      readable._hasFlowed = true;
      const data = readable._decoder ? decode(readable._decoder, bytes) : bytes;
      if (data.length) {
        readable.emit('data', data);
      }
    } else {
      readable.readableEnded = true;
      readable.emit('end');
      readable._readEnd();
    }
  }
}

function setFlow(readable: Readable, on: boolean): void {
  if (readable._flowing !== on) {
    readable._flowing = on;
    readable._flow(on);
    if (on) {
      soon(readable._context, function () {
        deliver(readable);
      });
    }
  }
}

const methods = {
  pause: function (this: Readable): Readable {
    setFlow(this, false);
    return this;
  },

  resume: function (this: Readable): Readable {
    setFlow(this, true);
    return this;
  },

  isPaused: function (this: Readable): boolean {
    return this._flowing === false;
  },

  /** 'utf8' or 'latin1': 'data' brings text. */
  setEncoding: function (this: Readable, encoding?: string): Readable {
    this._decoder = { _isLatin1: isLatin1(encoding), _rest: null };
    return this;
  },

  pipe: function (this: Readable, sink: Sink): Sink {
    const readable = this;
    readable.on('data', function (data) {
      if (sink.write(data) === false) {
        readable.pause();
      }
    });
    readable.on('end', function () {
      sink.end();
    });
    sink.on('drain', function () {
      readable.resume();
    });
    return sink;
  },
};

export function makeReadable(prototype: Readable): void {
  makeEmitter(prototype);
  const on = prototype.on;
  mixInto(prototype, methods);
  prototype.on = prototype.addListener = function (this: Readable, event: string, listener: Listener) {
    on.call(this, event, listener);
    if (event === 'data' && this._flowing === undefined) {
      this.resume();
    }
    return this;
  } as Readable['on'];
}

/** Begins a stream that has had nothing yet. */
export function openReadable(readable: Readable, context: Context): void {
  readable._context = context;
  readable._held = [];
  readable.readableEnded = false;
}
