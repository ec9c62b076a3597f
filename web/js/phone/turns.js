// One after the other, over the tabs of a browser.

/**
 * Do something while no other tab does what has the same name. Elsewhere than over https there are no locks: two tabs may do it together then.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export const inTurn = async (name, act) => (navigator.locks ? navigator.locks.request(name, act) : act());
