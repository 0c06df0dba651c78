/** The real interpreter: the link, pages, and memory. */

import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { serveHttp } from '../scripts/gateway/rig';
import { VARIABLES, hasEspruino, withDevice } from './engine';

/** Says what happens to the link; what is done when it is up is the test's. */
export const connect = (up: string, credentials = ''): string => `
Serial1.setup(115200, { path: PTY });
var ppp = new (require('micronic').PPP)(Serial1);
var http = require('http');
ppp.on('error', function (e) { print('@error ' + e.phase + ' ' + e.reason); });
ppp.on('connected', function () {
  print('@up ' + ppp.ipconfig('addr4')[0]);
  ${up}
});
ppp.connect(${credentials});
`;

/** Gets a page and says how long it is and what it adds up to: SHA-1 of all of it, piece by piece. */
const GET = (url: string): string => `
  var pieces = [], bytes = 0, began = getTime();
  http.get(${JSON.stringify(url)}, function (response) {
    response.on('data', function (data) { pieces.push(require('crypto').SHA1(data)); bytes += data.length; last = data; });
    response.on('close', function () {
      print('@page ' + response.statusCode + ' ' + bytes + ' ' + (getTime() - began) + ' ' + process.memory().usage);
    });
  }).on('error', function (e) { print('@failed ' + e.message); });
`;

test('a page through http.get, and what it costs', async () => {
  if (!hasEspruino()) {
    return;
  }
  const server = await serveHttp();
  try {
    await withDevice(connect(GET(`http://gateway.micronic:${server.port}/`)), async ({ engine }) => {
      await engine.says(/@up 192.168.64.2/);
      const [, status, bytes, seconds, variables] = await engine.says(/@page (\d+) (\d+) ([\d.]+) (\d+)/);
      console.log(status, bytes, seconds, variables, createHash, assert, VARIABLES);
      console.log(engine.console);
    });
  } finally {
    server.close();
  }
});

test.run();
