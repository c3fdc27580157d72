import { browserShelf } from "../state/storage.ts";

/** An export or an erasure that was begun here: the server tells of those whose id one knows. */
export interface Job {
  readonly kind: "export" | "erasure";
  readonly id: string;
  readonly user: string;
}

const SHELF = "parley.operator.jobs";
const MOST = 50;

const isJob = (value: unknown): value is Job => {
  if (typeof value !== "object" || value === null) return false;
  const { kind, id, user } = value as Record<string, unknown>;
  return (kind === "export" || kind === "erasure") && typeof id === "string" && typeof user === "string";
};

/** The latest first; of one person, or all. */
export const jobs = (user?: string): readonly Job[] => {
  try {
    const kept: unknown = JSON.parse(browserShelf.get(SHELF) ?? "[]");
    const all = Array.isArray(kept) ? kept.filter(isJob) : [];
    return user === undefined ? all : all.filter((job) => job.user === user);
  } catch {
    // Not ours, or cut short: as good as nothing.
    return [];
  }
};

export const keepJob = (job: Job): void => {
  const others = jobs().filter(({ id }) => id !== job.id);
  browserShelf.set(SHELF, JSON.stringify([job, ...others].slice(0, MOST)));
};

export const forgetJob = (forgotten: string): void => {
  browserShelf.set(SHELF, JSON.stringify(jobs().filter(({ id }) => id !== forgotten)));
};
