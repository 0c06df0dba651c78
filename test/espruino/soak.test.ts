/** 1,000 links on the real interpreter, a page by each; a twentieth of them unless SOAK=full. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { serveHttp } from '../scripts/gateway/rig';
import { connecting, hasEspruino, withGateway } from './engine';

const COUNT = process.env.SOAK === 'full' ? 1000 : 50;
const WARM = 10;
const EACH_MS = 10000;
const WHO = "micronic.PPP.SEC_CHAP, 'me', 'secret'";

test(`${COUNT} links, each with a page: none fails, and the memory stays as it was`, async () => {
  if (!hasEspruino()) {
    return;
  }
  const server = await serveHttp(700);
  const program = `
    var times = 0, pages = 0, most = 0, tick = setInterval(function () { most = Math.max(most, process.memory().usage); }, 500);
    ${connecting(
      `
      http.get('http://192.168.64.1:${server.port}/', function (response) {
        var bytes = 0;
        response.on('data', function (data) { bytes += data.length; });
        response.on('close', function () {
          if (bytes == 700) pages++;
          ppp.disconnect(function () {
            if (++times == ${WARM} || !(times % 50)) print('@times ' + [times, pages, process.memory().usage, most]);
            if (times < ${COUNT}) ppp.connect(${WHO});
          });
        });
      });`,
      WHO,
    ).replace("print('@up ' + ppp.ipconfig('addr4')[0]);", '')}`;
  try {
    await withGateway(
      program,
      async (engine, downs) => {
        const [, , warm] = await engine.says(new RegExp(`@times ${WARM},(\\d+),(\\d+)`), WARM * EACH_MS);
        const began = performance.now();
        const [, pages, last, most] = await engine.says(
          new RegExp(`@times ${COUNT},(\\d+),(\\d+),(\\d+)`),
          COUNT * EACH_MS,
        );
        const eachMs = (performance.now() - began) / (COUNT - WARM);
        console.log(
          `${COUNT} links: ${pages} pages, ${warm} variables after ${WARM}, ${last} at the end, at most ${most}; ` +
            `${eachMs.toFixed(0)} ms each`,
        );
        assert.is(Number(pages), COUNT);
        assert.ok(downs.length >= COUNT - 1, 'the last may not have reached the gateway yet');
        assert.not.match(engine.console, /@error/);
        assert.ok(Math.abs(Number(last) - Number(warm)) < 60, `${warm} variables, ${last} variables`);
      },
      { auth: 'chap', user: 'me', key: 'secret' },
    );
  } finally {
    server.close();
  }
});

test.run();
