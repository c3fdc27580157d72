/** Calls `act` at `perSecond` on average, at random gaps, however long the answers take. Answers what stops it. */
export const atRandomGaps = (perSecond: number, act: () => void): (() => void) => {
  const gapMs = (): number => (-Math.log(1 - Math.random()) * 1000) / perSecond;
  let due = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    for (const now = performance.now(); due <= now; due += gapMs()) act();
    timer = setTimeout(tick, 1);
  };
  tick();
  return () => clearTimeout(timer);
};
