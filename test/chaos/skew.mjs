// Loaded into every relayer of a chaos run: its wall clock is wrong by up to a day, and jumps every few seconds.
import { setInterval } from 'node:timers';

const real = Date.now.bind(Date);
const RealDate = Date;
let offset = 0;
setInterval(() => {
  offset = Math.round((Math.random() - 0.5) * 2 * 86_400_000);
}, 7_000).unref();

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(real() + offset);
    else super(...parts);
  }

  static now() {
    return real() + offset;
  }
};
