// Loaded first (node --import): refuses every connection of the process, as on a machine without network.
import { Socket } from 'node:net';

Socket.prototype.connect = () => {
  throw new Error('no network');
};
