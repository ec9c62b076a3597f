// What the views of the command centre share: the address, followed.
import { useWatched } from '../watching.js';
import { current, watchAddress } from './address.js';

/** The address, followed. */
export function useAddress() {
  useWatched(watchAddress);
  return current();
}
