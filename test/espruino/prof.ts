import { serveHttp } from '/work/w-esp/test/scripts/gateway/rig';
import { withDevice } from '/work/w-esp/test/espruino/engine';
const server = await serveHttp(100*1024);
const src = `
Serial1.setup(115200, { path: PTY });
var M=require('micronic'),u=new M.UART(Serial1),t=0,n=0,N=0,rt=0,rn=0;
var irq=u.irq.bind(u);u.irq=function(h,x){irq(h&&function(a){var s=getTime();N+=u.any();h(a);t+=getTime()-s;n++;},x)};
var js=require('NetworkJS'),oc=js.create;
var ppp = new M.PPP(u);
var http = require('http');
ppp.on('connected', function () {
 var bytes=0,began=getTime();
  http.get('http://gateway.micronic:${server.port}/', function (response) {
    response.on('data', function (data) { bytes += data.length; });
    response.on('close', function () {
      print('@page ' + bytes + ' ' + (getTime() - began) + ' handler '+t+' calls '+n+' bytes '+N+JSON.stringify(ppp.status('stats'))); print('@end');
    });
  });
});
ppp.connect();
`;
await withDevice(src, async ({ engine }) => { await engine.says(/@end/); console.log(engine.console.slice(-400)); });
server.close();
