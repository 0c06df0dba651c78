// Short names that the firmware for Kaluma has in flash, JerryScript's and its own: no bytes of the heap for them, and they
// are compared by their number. Not those of global objects that the bundles use.

export const ENGINE_NAMES = `
IN PI cs fd fo fs id ip is ls of on rm rx tx
ADC ASM I2C IRQ JMP LED LN2 LOW LSB MOV MSB OUT PIO PWM SET SPI URL UTC WDT
abs adc add all bpp bus cos cts cwd dir end exp ext fat get has irq jmp job key led lfs log mac map max min mov net nop now
off out pin pop pow put pwm raw rtc rts sck scl sda sep set sin tan uid url vfs
`
  .trim()
  .split(/\s+/);
