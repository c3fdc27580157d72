/**
 * The point in time of an object's storage, as the platform names it. `undefined`: there is none to go back to, as on a machine of
 * one's own, where every point has the same name, of zeros.
 */
export const bookmarkAt = async (storage: DurableObjectStorage, at: number): Promise<string | undefined> => {
  try {
    const bookmark = await storage.getBookmarkForTime(at);
    return /[1-9a-z]/i.test(bookmark) ? bookmark : undefined;
  } catch {
    // Further back than the platform goes, or it does not know of any.
    return undefined;
  }
};
