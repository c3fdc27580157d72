/** Milliseconds since 1970 as the contract writes them: ISO 8601 in UTC with milliseconds. */
export const toIso = (epochMs: number): string => new Date(epochMs).toISOString();
