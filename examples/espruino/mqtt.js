// Espruino's own MQTT module over PPP: https://www.espruino.com/MQTT
// dist/espruino/micronic.min.js is in the storage as `micronic`, as the README says.
const PPP = require('micronic').PPP;
const mqtt = require('MQTT').create('test.mosquitto.org');

Serial2.setup(115200, { tx: D17, rx: D16 });
const ppp = new PPP(Serial2);

mqtt.on('connected', () => {
  mqtt.subscribe('micronic/down');
  mqtt.publish('micronic/up', 'hello');
});
mqtt.on('publish', (message) => console.log(message.topic, message.message));
mqtt.on('disconnected', () => console.log('broker gone'));

ppp.on('connected', () => mqtt.connect());
ppp.on('error', (e) => console.log(e.phase, e.reason));
ppp.connect();
