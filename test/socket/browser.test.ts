/** A browser that nobody here wrote loads a page from our `http` server: style, script, an image, a fetch and a post. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as http from '../../modules/socket/http';
import { OURS, Peer, cleanUp, inside, why, within } from '../helpers/linux';
import { skip } from '../helpers/skip';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const CHUNKS = 200;
const CHUNK = 'micronic '.repeat(50);

/** What the browser shows is what it has got: each line is written by the page's own script. */
const PAGE = `<!doctype html><title>board</title><link rel="stylesheet" href="/style.css">
<p id="style">x</p><img id="image" src="/dot.svg"><pre id="log"></pre>
<script src="/script.js"></script>`;

const SCRIPT = `
const log = (text) => (document.getElementById('log').textContent += text + ';');
window.onload = async () => {
  log('width ' + getComputedStyle(document.getElementById('style')).width);
  log('image ' + document.getElementById('image').naturalWidth);
  const text = await (await fetch('/chunks')).text();
  log('chunks ' + text.length + ' ' + (text === ${JSON.stringify(CHUNK)}.repeat(${CHUNKS})));
  const sent = 'y'.repeat(50000);
  const back = await (await fetch('/echo', { method: 'POST', body: sent })).text();
  log('echo ' + back.length + ' ' + (back === sent));
  log('missing ' + (await fetch('/nothing')).status);
  log('end');
};`;

const FILES: Record<string, [type: string, body: string]> = {
  '/': ['text/html', PAGE],
  '/style.css': ['text/css', '#style { width: 321px }'],
  '/script.js': ['text/javascript', SCRIPT],
  '/dot.svg': ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" width="77" height="5"/>'],
};

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const url = request.url ?? '';
  const file = FILES[url];
  if (file) {
    response.setHeader('Content-Type', file[0]);
    response.end(file[1]);
  } else if (url === '/echo') {
    request.pipe(response);
  } else if (url === '/chunks') {
    let left = CHUNKS;
    const more = (): void => {
      while (left > 0) {
        left--;
        if (!response.write(CHUNK)) {
          return;
        }
      }
      response.end();
    };
    response.on('drain', more);
    more();
  } else {
    response.statusCode = 404;
    response.end('none');
  }
}

test('http server: a page with all that belongs to it in Chromium', async () => {
  const browser = BROWSERS.find((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0);
  if (why || !browser) {
    skip(why || 'chromium is not installed');
    return;
  }
  const ours = await Peer.open({ bounds: { _tcpSockets: 16 } });
  const folder = mkdtempSync(join(tmpdir(), 'micronic-browser-'));
  const asked: string[] = [];
  const server = ours.network.use(() =>
    http.createServer((request: http.IncomingMessage, response: http.ServerResponse) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    }),
  );
  server.listen({ port: 80, backlog: 16 });
  try {
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}`];
    // It complains at length of desktop services that are not there.
    const quiet = ['sh', '-c', 'exec "$@" 2>/dev/null', 'sh', browser];
    const child = inside(...quiet, ...flags, '--virtual-time-budget=30000', '--dump-dom', `http://${OURS}/`);
    let shown = '';
    child.stdout!.on('data', (bytes: Buffer) => (shown += bytes));
    await within(new Promise((resolve) => child.once('close', resolve)), 90);
    const log = /<pre id="log">(.*?)<\/pre>/.exec(shown)?.[1] ?? shown;
    assert.is(
      log,
      `width 321px;image 77;chunks ${CHUNKS * CHUNK.length} true;echo 50000 true;missing 404;end;`,
      asked.join(),
    );
    for (const wanted of [...Object.keys(FILES), '/chunks', '/nothing'].map((path) => `GET ${path}`)) {
      assert.ok(asked.includes(wanted), `${wanted} of ${asked.join()}`);
    }
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
    await ours.close();
    cleanUp();
  }
});

test.run();
