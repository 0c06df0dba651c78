// A web server on the link, for several clients at a time. The peer reaches it at the address that is printed.
// dist/espruino/micronic.min.js is in the storage as `micronic`, as the README says.
const PPP = require('micronic').PPP;
const http = require('http');

Serial2.setup(115200, { tx: D17, rx: D16 });
const ppp = new PPP(Serial2);
let requests = 0;

ppp.on('connected', () => {
  // Not earlier: until then the firmware's own network would have the socket.
  http
    .createServer((request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      response.end('request ' + ++requests + ' of ' + request.url + '\n');
    })
    .listen(80);
  console.log('http://' + ppp.ipconfig('addr4')[0] + '/');
});
ppp.on('error', (e) => console.log(e.phase, e.reason));
ppp.connect();
