import type { PushJob } from "./job.ts";

/** What a job is about: of two about the same, the later one tells all that the earlier one does. */
export const subjectOf = ({ user, device, conversation }: PushJob): string => `${user}/${device}/${conversation ?? ""}`;

/** Of each subject the job that was handed over last: its user's object handed it over again, or it was read meanwhile. */
export const newest = (jobs: readonly PushJob[]): PushJob[] => {
  const latest = new Map<string, PushJob>();
  for (const job of jobs) {
    const subject = subjectOf(job);
    const known = latest.get(subject);
    if (!known || known.queuedAt <= job.queuedAt) latest.set(subject, job);
  }
  return [...latest.values()];
};
