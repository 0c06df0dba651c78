/** One page over the stack, by Node's own http. */

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import http from 'node:http';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Network } from '../../board-targets/node/network';
import { CommandError, oneLine } from './failure';

export interface PageReport {
  status: number;
  bytes: number;
  /** From the start of the connection to the last byte. */
  seconds: number;
  bytesPerSecond: number;
  sha256: string;
}

export interface GetOptions {
  /** A path, or - for standard output; without it the body is counted and dropped. */
  output?: string;
  signal?: AbortSignal;
  /** After each piece of the body; `total` is -1 when the server does not say. */
  onProgress?: (bytes: number, total: number) => void;
  onChunk?: (chunk: Buffer) => void;
}

const CAUSES: Record<string, string> = {
  ENOTFOUND: 'there is no such host; check the name',
  EAI_AGAIN: 'no name server answers; check the connection of the other end',
  EAI_FAIL: 'the name server cannot tell the address; say it as numbers',
  ECONNREFUSED: 'connection refused; check the port, and that the server is running',
  EHOSTUNREACH: 'no route to that host; check the address',
  ENETUNREACH: 'no route to that host; check the address',
  ETIMEDOUT: 'no answer; check the address',
  ECONNRESET: 'the server has broken the connection off',
};

/** Nothing for so long is the end, ms. */
const SILENCE_MS = 60000;

function request(network: Network, url: URL, signal?: AbortSignal): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const socket = network.connect(Number(url.port) || 80, url.hostname);
    const request = http.get(
      {
        host: url.hostname,
        port: url.port || 80,
        path: url.pathname + url.search,
        signal,
        createConnection: () => socket,
      },
      resolve,
    );
    request.on('error', reject);
  });
}

function bodySink(output: string | undefined): Writable {
  if (output === undefined) {
    return new Writable({ write: (_chunk, _encoding, done) => done() });
  }
  return output === '-'
    ? new Writable({ write: (chunk, _encoding, done) => void process.stdout.write(chunk, done) })
    : createWriteStream(output);
}

/** @throws CommandError when there was no whole answer */
export async function getPage(network: Network, url: URL, options: GetOptions = {}): Promise<PageReport> {
  const startedMs = performance.now();
  const hash = createHash('sha256');
  let bytes = 0;
  const silence = new AbortController();
  const timer = setTimeout(
    () => silence.abort(new Error(`nothing came for ${SILENCE_MS / 1000} s`)),
    SILENCE_MS,
  ).unref();
  const signal = AbortSignal.any([silence.signal, ...(options.signal ? [options.signal] : [])]);
  try {
    const response = await request(network, url, signal);
    const total = Number(response.headers['content-length'] ?? -1);
    response.on('data', (chunk: Buffer) => {
      timer.refresh();
      hash.update(chunk);
      bytes += chunk.length;
      options.onChunk?.(chunk);
      options.onProgress?.(bytes, total);
    });
    await pipeline(response, bodySink(options.output), { signal });
    const seconds = (performance.now() - startedMs) / 1000;
    return {
      status: response.statusCode ?? 0,
      bytes,
      seconds,
      bytesPerSecond: bytes / seconds,
      sha256: hash.digest('hex'),
    };
  } catch (error) {
    const { code, message } = (signal.aborted ? signal.reason : error) as NodeJS.ErrnoException;
    const cause = (code && CAUSES[code]) || oneLine(message);
    throw new CommandError(`${url.href}: ${cause}${bytes ? `, after ${bytes} bytes` : ''}`);
  } finally {
    clearTimeout(timer);
  }
}
