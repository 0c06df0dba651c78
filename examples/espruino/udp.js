// The time by UDP (SNTP, RFC 4330). A name would be lost by the firmware's dgram: the address must be numeric.
// dist/espruino/micronic.min.js is in the storage as `micronic`, as the README says.
const PPP = require('micronic').PPP;
const dgram = require('dgram');

const SERVER = '192.168.64.1';
const PORT = 123;
/** Seconds from 1900, where SNTP begins, to 1970. */
const TO_1970 = 2208988800;

Serial2.setup(115200, { tx: D17, rx: D16 });
const ppp = new PPP(Serial2);

ppp.on('connected', () => {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (message) => {
    let seconds = 0;
    for (let i = 40; i < 44; i++) seconds = seconds * 256 + message.charCodeAt(i);
    console.log(new Date((seconds - TO_1970) * 1000).toISOString());
    socket.close();
  });
  socket.bind(12300);
  // Version 4, client; 47 zeros.
  socket.send('\x23' + new Array(48).join('\0'), PORT, SERVER);
});
ppp.on('error', (e) => console.log(e.phase, e.reason));
ppp.connect();
