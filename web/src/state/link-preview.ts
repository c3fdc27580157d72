import type { LinkPreview, ParleyClient } from "@parley/client";
import { useEffect, useState } from "preact/hooks";
import { firstLink } from "../text/tokens.ts";
import { useChat } from "./client-context.ts";

/** Typing goes on within an address: it is asked for when it stood this long. */
const REST_MS = 600;
const KEPT_MAX = 50;

const answers = new Map<string, Promise<LinkPreview | undefined>>();

const ask = (client: ParleyClient, url: string): Promise<LinkPreview | undefined> => {
  const known = answers.get(url);
  if (known !== undefined) return known;
  if (answers.size >= KEPT_MAX) answers.clear();
  const answer = client.linkPreview(url).catch(() => {
    // The page did not answer, or not now: the message goes without a preview.
    answers.delete(url);
    return undefined;
  });
  answers.set(url, answer);
  return answer;
};

export interface WrittenPreview {
  readonly preview: LinkPreview | undefined;
  /** Sends without it; another link gets one again. */
  readonly drop: () => void;
}

/** What the first link of a text that is being written leads to, where the server tells. */
export const useWrittenPreview = (text: string): WrittenPreview => {
  const { client } = useChat();
  const [found, setFound] = useState<{ readonly url: string; readonly preview: LinkPreview | undefined }>();
  const [dropped, setDropped] = useState<string>();
  const url = firstLink(text);
  useEffect(() => {
    if (url === undefined || url === dropped) return undefined;
    let gone = false;
    const look = async (): Promise<void> => {
      const preview = await ask(client, url);
      if (!gone) setFound({ url, preview });
    };
    const timer = setTimeout(() => void look(), REST_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [client, url, dropped]);
  const shown = url !== undefined && url !== dropped && found?.url === url;
  return { preview: shown ? found.preview : undefined, drop: () => setDropped(url) };
};
