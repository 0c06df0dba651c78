// A name, the time and a datagram, over PPP on UART0. Load it behind dist/kaluma/socket.js.
const { UART, PPP, dns, dgram, ntptime } = require('micronic');

const ppp = new PPP(new UART(0, { baudrate: 115200, tx: 0, rx: 1 }));

ppp.on('connected', () => {
  dns.lookup('gateway.micronic', (error, address) => {
    console.log('gateway', error ? error.code : address);
    const socket = dgram.createSocket('udp4', (bytes, from) => console.log(from.address, from.port, bytes.length));
    socket.send('hello', 9007, address);
  });
  ntptime.time((error, seconds) => console.log('time', error ? error.code : new Date(seconds * 1000)));
});
ppp.on('error', (e) => console.log(e.phase, e.reason));
ppp.connect();
