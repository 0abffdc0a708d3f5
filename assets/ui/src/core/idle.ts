// Whoever goes away from a computer that people share is signed out after a while; what they were writing waits for them.

/** So long without a key or a touch, in milliseconds. */
const PATIENCE = 15 * 60_000;
/** Noted for the other pages of this browser: it says when somebody was here, and nothing of whom. */
const MARK = 'das-tern-active-at';

/** Calls `act` when nobody has touched any page of this browser for a while. */
export function whenIdle(act: () => void): void {
  let noted = 0;
  const note = (): void => {
    const now = Date.now();
    if (now - noted < 10_000) return;
    noted = now;
    localStorage.setItem(MARK, String(now));
  };
  note();
  for (const kind of ['keydown', 'pointerdown', 'wheel', 'touchstart']) addEventListener(kind, note, { passive: true });
  setInterval(() => {
    if (Date.now() - Number(localStorage.getItem(MARK) ?? noted) > PATIENCE) act();
  }, 15_000);
}
