// A web page over PPP: `micronic gateway LINE` (or pppd, slirp, a modem in data mode) is at the other end of Serial2.
// dist/espruino/micronic.min.js is in the storage as `micronic`, as the README says.
const PPP = require('micronic').PPP;
const http = require('http');

Serial2.setup(115200, { tx: D17, rx: D16 });
const ppp = new PPP(Serial2);

ppp.on('connected', () => {
  console.log('address', ppp.ipconfig('addr4')[0]);
  http.get('http://gateway.micronic:8080/', (response) => {
    let bytes = 0;
    response.on('data', (data) => (bytes += data.length));
    response.on('close', () => console.log(response.statusCode, bytes, 'bytes'));
  });
});
ppp.on('error', (e) => console.log(e.phase, e.reason));
ppp.connect();
