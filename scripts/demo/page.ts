/** The demo's web server: one page of random bytes, which no compression and no luck can carry. */

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Page {
  port: number;
  bytes: number;
  sha256: string;
  close(): void;
}

/** On the loopback of this computer only. */
export async function servePage(bytes: number): Promise<Page> {
  const body = randomBytes(bytes);
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    bytes,
    sha256: createHash('sha256').update(body).digest('hex'),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
