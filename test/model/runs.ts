import { chooseSeed } from "../support/random.ts";

/** Time that one model may take, in ms; beyond it fewer histories are played. */
const TIME_LIMIT_MS = 60_000;

/** The models end by themselves: this only ends one that hangs. */
export const PATIENCE_MS = 3_600_000;

export interface Budget {
  readonly numRuns: number;
  readonly seed: number;
  readonly interruptAfterTimeLimit: number;
}

/** How many histories are played (MODEL_RUNS), from which seed (PARLEY_SEED). The seed is always printed. */
export const budget = (model: string, numRuns: number): Budget => {
  const wanted = Number(process.env["MODEL_RUNS"] ?? numRuns);
  const seed = chooseSeed() | 0;
  console.log(`model ${model}: PARLEY_SEED=${seed} MODEL_RUNS=${wanted}`);
  return { numRuns: wanted, seed, interruptAfterTimeLimit: Math.max(TIME_LIMIT_MS, wanted * 200) };
};
