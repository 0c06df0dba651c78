import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasEspruino, withDevice } from './engine';
const CONNECT = `
Serial1.setup(115200, { path: PTY });
var ppp = new (require('micronic').PPP)(Serial1);
ppp.on('phase', function (name) { print('@ phase ' + name); });
ppp.on('error', function (e) { print('@ error ' + e.phase + ' ' + e.reason); });
ppp.on('connected', function () { print('@ up ' + ppp.ifconfig()); print('@ memory ' + process.memory().usage); });
print('@ memory ' + process.memory().usage);
ppp.connect();
`;
test('link', async () => {
  if (!hasEspruino()) return;
  await withDevice(CONNECT, async ({ engine }) => {
    await engine.says(/@ up 192/, 8000);
    console.log(engine.console);
  });
});
test.run();
