/** The firmware's own TLS above our connections, where the build has it. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { skip } from '../helpers/skip';
import { connecting, hasEspruino, withGateway } from './engine';

/** A key and a certificate for this run, by openssl; null without it. */
function certificate(): { key: Buffer; cert: Buffer } | null {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  try {
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=gateway.micronic'].concat([
        '-keyout',
        key,
        '-out',
        cert,
      ]),
      { stdio: 'ignore' },
    );
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('https: a page from a server of Node, byte for byte', async () => {
  if (!hasEspruino()) {
    return;
  }
  const pair = certificate();
  if (!pair) {
    skip('openssl is not installed (Debian: apt-get install openssl)');
    return;
  }
  const page = randomBytes(9000).toString('base64');
  // What the firmware's mbedTLS and Node have in common, which does not offer it by itself.
  const server = https.createServer(
    { ...pair, dhparam: 'auto', maxVersion: 'TLSv1.2', ciphers: 'DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0' },
    (request, response) => void response.end(request.url === '/page' ? page : ''),
  );
  const complaints: string[] = [];
  server.on('tlsClientError', (error) => complaints.push(error.message));
  const suites: string[] = [];
  server.on('secureConnection', (socket) => suites.push(`${socket.getProtocol()} ${socket.getCipher().name}`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const up = `
    if (process.env.MODULES.split(',').indexOf('tls') < 0) print('@no tls');
    else {
      var text = '', began = getTime(), most = 0;
      http.get('https://gateway.micronic:${(server.address() as AddressInfo).port}/page', function (response) {
        response.on('data', function (data) { most = Math.max(most, process.memory().usage); text += data; });
        response.on('close', function () {
          print('@page ' + text);
          print('@took ' + (getTime() - began).toFixed(1) + ' ' + most);
        });
      }).on('error', function (e) { print('@failed ' + e.message); }); // Says "unknown error" to a close_notify.
    }`;
  try {
    await withGateway(connecting(up), async (engine) => {
      const [, got] = await engine.says(/@(no tls|page .*)/, 30000).catch((error: Error) => {
        throw new Error(`${error.message}\n${complaints.join('\n')}`);
      });
      if (got === 'no tls') {
        skip('this Espruino is built without TLS');
        return;
      }
      assert.is(got.slice(0, 60), `page ${page}`.slice(0, 60), `${complaints.join()}\n${engine.console}`);
      assert.is(got, `page ${page}`);
      const [, seconds, most] = await engine.says(/@took (\S+) (\d+)/);
      console.log(`https: ${page.length} bytes in ${seconds} s by ${suites.join()}, at most ${most} variables`);
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test.run();
