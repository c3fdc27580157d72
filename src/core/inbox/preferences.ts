/** What a user wants of one conversation. What is not there is as it is for everybody. */
export interface Preferences {
  /** As the contract writes times. */
  readonly muted_until?: string;
  readonly archived?: true;
  readonly pinned?: true;
  readonly notify?: "mentions" | "none";
}

/** As they are asked for: what is not named stays. */
export interface PreferenceChanges {
  readonly muted_until?: string | null | undefined;
  readonly archived?: boolean | undefined;
  readonly pinned?: boolean | undefined;
  readonly notify?: "all" | "mentions" | "none" | undefined;
}

export const hasPreferences = (preferences: Preferences): boolean => Object.keys(preferences).length > 0;

/** What they are after a change; `undefined` when that is what they were. */
export const changedPreferences = (before: Preferences, changes: PreferenceChanges): Preferences | undefined => {
  const { muted_until = before.muted_until, archived = before.archived, pinned = before.pinned } = changes;
  const { notify = before.notify } = changes;
  const after: Preferences = {
    ...(muted_until == null ? {} : { muted_until }),
    ...(archived ? { archived } : {}),
    ...(pinned ? { pinned } : {}),
    ...(notify === undefined || notify === "all" ? {} : { notify }),
  };
  return JSON.stringify(after) === JSON.stringify(before) ? undefined : after;
};
